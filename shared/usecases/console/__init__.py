"""Reads and acts that only the console needs. Stores come in as parameters."""
