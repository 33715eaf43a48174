"""What lessons and assignments that are written as text share: reading, checking, running without a network."""
