"""The Academy: adults learn with each other for a year, on record. Its rows are of all schools on the server."""
