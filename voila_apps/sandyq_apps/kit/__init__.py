"""What all apps of the centre are made of: a frame, parts of pages, a link to the school's data, papers."""
