"""Prints how long Mitogen takes to forward many modules once the connection is up.

usage: tree.py CONFIG DIRECTORY
"""
import os
import sys
import time

import mitogen.master

config, directory = sys.argv[1:3]

if __name__ == "__main__":
    sys.path.insert(0, directory)
    sys.dont_write_bytecode = True
    from forest import tree

    broker = mitogen.master.Broker()
    router = mitogen.master.Router(broker)
    context = router.ssh(
        hostname="host",
        ssh_args=["-F", config],
        python_path="/usr/bin/python3",
        compression=False,
    )
    context.call(os.getpid)
    start = time.perf_counter()
    result = context.call(tree.total, 1)
    end = time.perf_counter()
    assert result == tree.total(1)
    print((end - start) * 1000, flush=True)
    broker.shutdown()
    broker.join()
