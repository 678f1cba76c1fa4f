"""The shape of each kind of file under templates/."""
