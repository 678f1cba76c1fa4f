"""Who is calling the console: verifies the user pool's token before the admin function runs."""
