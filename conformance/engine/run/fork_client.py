"""Stands in for the Python that pytest-xdist starts a worker with: see :mod:`.forking`.

It hands its standard streams to the server, which forks the worker, and lasts as long as that
does. It is run as a file and imports next to nothing, for each worker waits for it.
"""

import os
import signal
import socket
import sys


def main(path: str) -> None:
    """Have a worker forked by the server that listens there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker hears of it by itself
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [b"worker"], [0, 1, 2])
        for stream in (0, 1):  # the worker alone is to hold them
            os.close(stream)
        server.recv(1)  # nothing comes: it is closed when the worker is over


if __name__ == "__main__":
    main(sys.argv[1])
