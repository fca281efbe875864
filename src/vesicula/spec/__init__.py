"""What a model is: frozen, typed, without numerics; reading, checking and writing its text."""
