"""What differs between databases: one small class for each."""
