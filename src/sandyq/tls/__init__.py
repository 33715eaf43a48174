"""HTTPS in a school's network without the internet: an authority of the school's own, or a district's certificate."""
