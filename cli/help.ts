// What `--help` and `--version` say.

import config from "../deno.json" with { type: "json" };

/** What `--version` says. */
export const VERSION: string =
  `tongs ${config.version} (deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch})`;

const EXIT_STATUS = `Exit status, the worst of all hosts:
  0    all well
  1    a command or function failed
  2    the command line makes no sense, or names no host
  3    a host took longer than --timeout
  4    a host could not be reached, or was lost
  130  interrupted with ^C (143: by SIGTERM); what came until then is shown`;

const HOSTS = `Hosts:
  -H, --host LIST        hosts with commas between them; may be repeated
                           web1  deploy@web1:2222  ssh://deploy@web1:2222
                           local:         a process on this machine
                           local:NAME     the same by another name
                           web[01-20]     ranges; also [1-9/2], [1,3,7], [a,b]
                           A!B  A&B       A without B, A that is also in B
                           -              names from standard input, one a line
                         Quote ! & and [ against your shell: 'web[1-9]!web3'
  -x, --exclude LIST     hosts to leave out, likewise`;

const RUN = `Connecting:
  -F, --ssh-config FILE  the configuration for ssh, instead of your own
      --runtime PATH     the Deno on the hosts, if it is not on their PATH
      --connect-timeout TIME
                         how long connecting may take (30s)
      --timeout TIME     how long each host may take, connecting included;
                         TIME is like 500ms, 30s, 5m or 1h
  -f, --fanout N         how many hosts to work on at once (64)`;

const OUTPUT =
  `Output, results on standard output and all else on standard error:
      --output FORMAT    stream  lines as they come: host | line
                         group   each different result once, with its hosts
                         table   a table
                         jsonl   a line of JSON for each host, then a summary
  -q, --quiet            results and errors only
  -v, --verbose          debug messages, full lists of hosts, stacks of errors
  -h, --help             this text`;

const MAIN = `tongs runs TypeScript and commands on other machines.

Usage:
  tongs exec  -H HOSTS -- COMMAND...             run a command
  tongs call  -H HOSTS FILE.ts[#EXPORT] [ARG...] call a function
  tongs run   SCRIPT.ts [ARG...]                 run a controller script
  tongs ping  -H HOSTS                           connect, and say what is there
  tongs hosts [HOSTS]                            list, fold or count hosts

  tongs COMMAND --help   all about one of them
  tongs --version        which tongs this is

Examples:
  tongs exec -H web1,web2 -- uptime
  tongs exec -H 'web[01-20]' -x web07 -- 'df -h / | tail -n 1'
  tongs call -H web1,deploy@db1:2222 facts.ts#memory
  tongs call -H web1,web2 --output table facts.ts#summary
  tongs run deploy.ts web1 web2
  tongs ping -H - < hosts.txt

Nothing is installed on the hosts. tongs uses your own ssh, with your keys and
your ~/.ssh/config. To call functions, hosts need Deno 2.9 or later; exec needs
nothing but sh.

${EXIT_STATUS}`;

const COMMANDS: Record<string, string> = {
  exec: `Runs a command on hosts. They need no runtime for it, only sh.

Usage: tongs exec -H HOSTS [OPTION...] -- COMMAND [ARG...]

Several words are a command and its arguments, which no shell looks at. A
single word with spaces or other special characters is run by sh -c. Its
standard input is empty.

From one host, what the command writes is passed on byte by byte. From several,
hosts with the same result are shown together (--output group).

Examples:
  tongs exec -H web1 -- cat /etc/os-release
  tongs exec -H web1,web2,web3 -- uname -r
  tongs exec -H web1,web2 --output stream -- journalctl -f -u nginx
  tongs exec -H web1,web2 --timeout 30s -- 'systemctl is-active nginx || exit 1'
  tongs exec -H - --output jsonl -- uptime < hosts.txt | jq -r .value.stdout

${HOSTS}

${RUN}

${OUTPUT}

${EXIT_STATUS}

A command that fails makes this 1 whatever its own exit status is, which is
shown; --output jsonl has it as value.code.`,

  call:
    `Calls a function of a module on hosts. The module and all that it imports go
along; nothing is installed there.

Usage: tongs call -H HOSTS [OPTION...] FILE.ts[#EXPORT] [ARG...]

Without #EXPORT it is the default export, or the only function that is exported.
Each ARG is JSON, or a text if it is not: 5 is a number, '"5"' and five are
texts. Write -- before arguments that begin with a dash.

From one host, the value is shown as it is. From several, hosts with the same
value are shown together (--output group).

Examples:
  tongs call -H web1 facts.ts#hostname
  tongs call -H web1,web2 --output table facts.ts#summary
  tongs call -H web1,web2 disks.ts#usage /var '{"inodes": true}'
  tongs call -H web1 --output jsonl facts.ts#load | jq .value.one

${HOSTS}

${RUN}

${OUTPUT}

In JSON, a Map with texts as keys becomes an object, any other Map a list of
pairs, a Set a list, bytes Base64 and a bigint its digits.

${EXIT_STATUS}`,

  run:
    `Runs a script that uses tongs, with all permissions. In it and in all that it
imports, "tongs" and "tongs/facts" are this tongs, wherever the script lies and
whether or not it has a configuration.

Usage: tongs run SCRIPT.ts [ARG...]

All that follows the name of the script is its own: Deno.args has it. Standard
input, signals and the exit status are the script's, and import.meta.main is
true in it. With tongs from source, the script's deno.json holds as in deno run;
the compiled program takes relative imports, and no import map.

Examples:
  tongs run deploy.ts web1 web2 --dry-run
  tongs run ./report.ts < hosts.txt

Script:
  import { SSH } from "tongs";
  import { memory } from "tongs/facts";

  await using host = new SSH(Deno.args[0]);
  console.log(await host.call(memory));

Exit status: the script's, or 2 if there is no such script.`,

  ping:
    `Connects to hosts, and shows the runtime there, the user, how long connecting
took and how long a call takes.

Usage: tongs ping -H HOSTS [OPTION...]

Examples:
  tongs ping -H web1,web2,local:
  tongs ping -H - --connect-timeout 5s --output jsonl < hosts.txt

${HOSTS}

${RUN}

${OUTPUT}

${EXIT_STATUS}`,

  hosts: `Lists the hosts that a command would use, connecting to none.

Usage: tongs hosts [OPTION...] [HOSTS...]

Examples:
  tongs hosts 'web[01-20],db[1-3]' -x 'web[05-09]'
  tongs hosts --fold - < hosts.txt
  tongs hosts --count 'rack[1-4]-node[01-16]'
  tongs hosts --fold 'web[1-9] & web[5-20]'

${HOSTS}
      --fold             one short text, such as web[01-04,10-20],db[1-3]
      --count            only how many there are
  -q, --quiet            no warnings
  -h, --help             this text

Exit status: 0, or 2 if a name makes no sense or there is no host.`,
};

/** The names of the commands. */
export const COMMAND_NAMES: string[] = Object.keys(COMMANDS);

/** The help for a command, or for the program. */
export function helpText(command?: string): string {
  return command === undefined ? MAIN : COMMANDS[command] ?? MAIN;
}
