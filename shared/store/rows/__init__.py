"""The rows of the tables, a file for each table, so that a function makes the models of its own tables only. What each table holds and why it is keyed
so: docs/design.md. Moments are ISO 8601 text in UTC with milliseconds.
"""
