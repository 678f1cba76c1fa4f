"""make run, up, down: the local AWS in the foreground, in the background, stopped.

python -m infra.local run|up|down [--port 4566] [--fresh] [--leads 200] [--folder .local]
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path

from infra.local import server, stack
from infra.local.place import ROOT, Place

DEMO_LEADS = 200


def main() -> None:
    arguments = _arguments()
    place = Place(arguments.folder.resolve(), arguments.port)
    # A polite kill is a Ctrl-C: both save the state.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if arguments.command == "down":
        print("Stopped; the data stay." if server.stop(place) else "Was not running.")
        return
    if server.running(place):
        raise SystemExit("The local AWS of this checkout runs already. `make down` stops it.")
    if arguments.fresh:
        stack.start_afresh(place)
    started = time.monotonic()
    try:
        _announce(stack.bring_up(place, arguments.leads), time.monotonic() - started)
        if arguments.command == "run":
            _stay(place)
    except (KeyboardInterrupt, SystemExit) as end:
        _leave(place, end)


def _stay(place: Place) -> None:
    print("\n  Ctrl-C stops it; the data stay. `make run FRESH=1` starts empty.\n", flush=True)
    while server.running(place):
        time.sleep(0.5)
    raise SystemExit(f"The local AWS stopped by itself. Its last words are in {place.log}.")


def _leave(place: Place, end: BaseException) -> None:
    """Stops the process whatever ended us, so that no half-started AWS holds the port."""
    print("\n  Stopping and saving …", flush=True)
    server.stop(place)
    if isinstance(end, SystemExit) and end.code:
        raise end
    print("  Stopped.")


def _announce(addresses: stack.Stack, seconds: float) -> None:
    print(f"\n  Ready after {seconds:.0f} s.\n")
    print(f"  Landing page   {addresses['public_url']}/f/whitepaper")
    print(f"  Console        {addresses['admin_url']}/")
    print(f"  Mailbox        {addresses['mailbox_url']}")
    print(f"  AWS endpoint   {addresses['endpoint_url']}   (all of this is in .local/stack.json)\n")
    print("  Sign in as")
    for role, user in addresses["users"].items():
        print(f"    {role:<11} {user['username']:<11} {user['password']}")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "up", "down"])
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--folder", type=Path, default=ROOT / ".local")
    parser.add_argument("--leads", type=int, default=DEMO_LEADS)
    parser.add_argument("--fresh", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
