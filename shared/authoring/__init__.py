"""What marketers write as text is checked here, when content is built and when the console publishes: the same findings, the same words."""
