"""What a journey file says to do: who enters and leaves, what a move does, what is waited for. Pure: nothing here reads or writes."""
