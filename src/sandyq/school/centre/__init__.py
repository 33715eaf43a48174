"""The centre for additional education: what its apps keep, and who changed what."""
