"""Prints how long connect and first call take, in milliseconds.

usage: connect.py execnet|mitogen|mitogen-plain CONFIG [module]
"""
import os
import sys
import time

name, config = sys.argv[1:3]
with_module = sys.argv[3:] == ["module"]


def execnet_connect():
    import execnet

    start = time.perf_counter()
    group = execnet.Group()
    spec = f"ssh=-F {config} host//python=/usr/bin/python3"
    gateway = group.makegateway(spec)
    channel = gateway.remote_exec("import os; channel.send(os.getpid())")
    channel.receive()
    print((time.perf_counter() - start) * 1000, flush=True)
    group.terminate(timeout=1)


def mitogen_connect():
    import mitogen.master

    import greeting

    start = time.perf_counter()
    broker = mitogen.master.Broker()
    router = mitogen.master.Router(broker)
    context = router.ssh(
        hostname="host",
        ssh_args=["-F", config],
        python_path="/usr/bin/python3",
        compression=name == "mitogen",
    )
    if with_module:
        context.call(greeting.greet, "all")
    else:
        context.call(os.getpid)
    print((time.perf_counter() - start) * 1000, flush=True)
    broker.shutdown()
    broker.join()


if __name__ == "__main__":
    execnet_connect() if name == "execnet" else mitogen_connect()
