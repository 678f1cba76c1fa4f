"""The local AWS: MiniStack with a mailbox, on loopback only. `python -m infra.local run` is what `make run` calls."""
