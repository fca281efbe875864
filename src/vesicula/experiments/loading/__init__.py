"""What a dose brings and what an effect would need: answers without a run."""
