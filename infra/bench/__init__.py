"""What Ripen costs and how quick it is, measured in one run: `make bench`."""
