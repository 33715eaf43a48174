"""Sandyq: a school server for rural Kazakhstan."""
