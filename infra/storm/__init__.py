"""Storms: proof that faults change nothing that matters. `python -m infra.storm --help`; docs/reliability.md says what is promised.

search        each short scenario, with every fault at every AWS call and every delivery, one at a time
storms        invented scenarios in bad weather, many seeds
              a failing one is shrunk to the fewest faults that still fail it
regressions   failing runs as scenario files, which a test plays
children      forked processes: a world costs nothing when it is a copy of this one
portrait      what a run came to, without times, to be compared with the calm run
"""
