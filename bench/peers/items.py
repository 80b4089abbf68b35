"""Numbers through execnet's channel, one round for each line on standard input.

usage: items.py local|ssh CONFIG COUNT receive|send
"""
import sys
import time

import execnet

way, config, count, how = sys.argv[1:5]
count = int(count)

SEND = "for i in range(channel.receive()): channel.send(i)"
TAKE = """
total = 0
for i in channel:
    if i is None:
        break
    total += i
channel.send(total)
"""

group = execnet.Group()
place = f"ssh=-F {config} host" if way == "ssh" else "popen"
gateway = group.makegateway(f"{place}//python=/usr/bin/python3")
print(0, flush=True)
while sys.stdin.readline():
    start = time.perf_counter()
    if how == "receive":
        channel = gateway.remote_exec(SEND)
        channel.send(count)
        total = sum(channel)
    else:
        channel = gateway.remote_exec(TAKE)
        for i in range(count):
            channel.send(i)
        channel.send(None)
        total = channel.receive()
    assert total == count * (count - 1) // 2
    print(time.perf_counter() - start, flush=True)
group.terminate(timeout=1)
