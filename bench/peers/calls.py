"""Calls over an established connection, one round for each line on standard input.

usage: calls.py execnet|mitogen|mitogen-plain local|ssh CONFIG COUNT one|all
"""
import os
import sys
import time

name, way, config, count, how = sys.argv[1:6]
count = int(count)


def serve(one_by_one, all_at_once):
    work = all_at_once if how == "all" else one_by_one
    print(0, flush=True)
    while sys.stdin.readline():
        start = time.perf_counter()
        work()
        print(time.perf_counter() - start, flush=True)


def serve_execnet():
    import execnet

    group = execnet.Group()
    place = f"ssh=-F {config} host" if way == "ssh" else "popen"
    gateway = group.makegateway(f"{place}//python=/usr/bin/python3")
    echo = "while True: channel.send(channel.receive())"
    channel = gateway.remote_exec(echo)

    def one_by_one():
        for number in range(count):
            channel.send(number)
            channel.receive()

    def all_at_once():
        for number in range(count):
            channel.send(number)
        for _ in range(count):
            channel.receive()

    serve(one_by_one, all_at_once)
    group.terminate(timeout=1)


def serve_mitogen():
    import mitogen.master

    broker = mitogen.master.Broker()
    router = mitogen.master.Router(broker)
    python = "/usr/bin/python3"
    if way == "ssh":
        context = router.ssh(
            hostname="host",
            ssh_args=["-F", config],
            python_path=python,
            compression=name == "mitogen",
        )
    else:
        context = router.local(python_path=python)
    context.call(os.getpid)

    def one_by_one():
        for _ in range(count):
            context.call(os.getpid)

    def all_at_once():
        receivers = [context.call_async(os.getpid) for _ in range(count)]
        for receiver in receivers:
            receiver.get().unpickle()

    serve(one_by_one, all_at_once)
    broker.shutdown()
    broker.join()


if __name__ == "__main__":
    serve_execnet() if name == "execnet" else serve_mitogen()
