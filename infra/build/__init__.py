"""Turns a checkout into what is deployed."""
