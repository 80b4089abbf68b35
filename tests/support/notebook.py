"""Runs the cells of a notebook in Deno's kernel, as Jupyter does.

Usage: notebook.py DENO. Standard input is a list of cells in JSON; standard output is what each
came to, as a list in JSON: its "status", what it wrote ("stdout", "stderr"), its last value as text
("value") and its "error". It ends at the first cell that fails.
"""

import json
import os
import sys
import tempfile

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

TIMEOUT = 120
ATTEMPTS = 20


class Notebook:
    def __init__(self, client):
        self.client = client
        self.cells = {}

    def run(self, code):
        """Runs a cell and waits for its end; what it came to may follow later."""
        cell = {"status": None, "stdout": "", "stderr": "", "value": None, "error": None}
        name = self.client.execute(code, allow_stdin=False)
        self.cells[name] = cell
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == name:
                break
        cell["status"] = reply["content"]["status"]
        return cell

    def receive(self):
        """Takes a message of any cell."""
        message = self.client.get_iopub_msg(timeout=TIMEOUT)
        cell = self.cells.get(message["parent_header"].get("msg_id"))
        content = message["content"]
        if cell is None:
            return
        if message["msg_type"] == "stream":
            cell[content["name"]] += content["text"]
        elif message["msg_type"] == "execute_result":
            cell["value"] = content["data"].get("text/plain")
        elif message["msg_type"] == "error":
            cell["error"] = "\n".join(content["traceback"])


def run(client, codes):
    notebook = Notebook(client)
    cells = []
    for code in codes:
        cells.append(notebook.run(code))
        if cells[-1]["status"] != "ok":
            break
    # Messages come in their order, so that this one's value is the last.
    last = notebook.run("'all'")
    while last["value"] is None:
        notebook.receive()
    return cells


def attempt(deno, codes, path):
    """Runs the cells in a kernel of their own, or returns None where that has died at its start."""
    manager = KernelManager(connection_file=path)
    # What `deno jupyter --install` writes, without installing it.
    manager._kernel_spec = KernelSpec(
        argv=[deno, "jupyter", "--kernel", "--conn", "{connection_file}"],
        display_name="Deno",
        language="typescript",
    )
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        try:
            client.wait_for_ready(timeout=TIMEOUT)
        except RuntimeError:
            if manager.is_alive():
                raise
            return None
        return run(client, codes)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main():
    deno = sys.argv[1]
    codes = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="tongs-notebook-") as folder:
        for kind in ("CONFIG", "DATA", "RUNTIME"):
            os.environ[f"JUPYTER_{kind}_DIR"] = folder
        for i in range(ATTEMPTS):
            cells = attempt(deno, codes, f"{folder}/{i}.json")
            if cells is not None:
                json.dump(cells, sys.stdout)
                return
            # Another can have taken a port between finding it free and listening on it.
        sys.exit("The kernel does not start")


main()
