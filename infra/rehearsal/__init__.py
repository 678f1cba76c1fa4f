"""Weeks in seconds: a scenario of people and salespeople played through the real handlers on a virtual clock.

The wiring (routes, streams, queues, schedules, filters, batch sizes, rights) is read from `template.yaml`; the tables and queues
stand in moto or in a local AWS; the functions are the very handlers that are deployed, called in this process. Nothing here knows
what a lead is, except `acts`, `result`, `invariants` and `summary`, which speak through Ripen's HTTP endpoints alone.

    world        the running system: template + engine + clock, `http`, `settle`, `run_until`
    engines      where tables and queues stand (moto in process, MiniStack in a subprocess); provision makes them
    calls        the seam that every AWS call passes: counting, rights, faults
    deliveries   the seam that every invocation passes
    streams, queues, schedules   the event sources, pumped on virtual time
    scenario, acts, run, result, invariants, summary   the rehearsal proper
"""
