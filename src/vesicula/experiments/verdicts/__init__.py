"""What experiments show of claims, and what that rests on."""
