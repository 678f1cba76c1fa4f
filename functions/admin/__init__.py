"""The web console and the JSON behind it, for people who signed in."""
