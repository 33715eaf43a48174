"""What the law of personal data asks of a school: consents, a copy for whom it is about, erasure, who saw what."""
