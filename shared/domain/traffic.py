"""Too many writers at once."""


class TooMuchTraffic(Exception):
    """Other writers kept winning; the record is tried again."""
