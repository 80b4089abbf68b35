// What `--help` and `--version` say.

import config from "../deno.json" with { type: "json" };

/** What `--version` says. */
export const VERSION: string =
  `tongs ${config.version} (deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch})`;

const EXIT_STATUS = `Exit status, the worst of all hosts:
  0    all well
  1    a command or function failed, a file could not be copied, or the output
       could not be written
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
  -x, --exclude-hosts LIST
                         hosts to leave out, likewise`;

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
  tongs put   -H HOSTS SOURCE DEST               put a file on hosts
  tongs fetch -H HOSTS REMOTE TEMPLATE           fetch a file from hosts
  tongs sync  -H HOSTS DIR DEST                  copy a directory, what differs
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
  tongs put -H 'web[1-9]' site.tar /srv/site.tar
  tongs fetch -H 'web[1-9]' /var/log/syslog 'logs/{host}.log'
  tongs sync -H 'web[1-9]' --delete site /srv/site
  tongs run deploy.ts web1 web2
  tongs ping -H - < hosts.txt

Nothing is installed on the hosts. tongs uses your own ssh, with your keys and
your ~/.ssh/config. Hosts need Deno 2.9 or later; exec needs nothing but sh.

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

  put: `Puts a file on hosts.

Usage: tongs put -H HOSTS [OPTION...] SOURCE DEST

SOURCE is a file here, or - for standard input. It is read once, however many
hosts there are. DEST is its place there; relative paths are in the home
directory (for local: in the working directory). DEST/ with a slash is a
directory that is there, in which the file keeps its name.

The file is written under a temporary name and takes its place when its SHA-256
is the same on both sides: whoever looks sees the old file or the new one. If
something fails, or is interrupted, nothing of it stays.

Examples:
  tongs put -H web1 site.tar /srv/site.tar
  tongs put -H 'web[01-20]' --mode 755 backup.sh /usr/local/bin/
  pg_dump shop | tongs put -H db2 - /var/backups/shop.sql

${HOSTS}

File:
      --mode OCTAL       its permission bits (644)

${RUN}

${OUTPUT}

A terminal shows how far it is: all hosts together, and the slowest ones.

${EXIT_STATUS}`,

  fetch: `Fetches a file from hosts.

Usage: tongs fetch -H HOSTS [OPTION...] REMOTE TEMPLATE

REMOTE is the file there. TEMPLATE is its place here, in which {host} stands for
the name of the host; with several hosts it must be there, so that each has a
file of its own, which is checked before anything is fetched. Directories whose
name has {host} in it are made. TEMPLATE/ with a slash is a directory in which
the file keeps its name; - is standard output, for one host.

A file that is here already is replaced when the new one is there as a whole,
with the same SHA-256 on both sides, and stays as it is if something fails.

Examples:
  tongs fetch -H web1 /etc/nginx/nginx.conf ./
  tongs fetch -H 'web[01-20]' /var/log/syslog 'logs/{host}.log'
  tongs fetch -H 'web[01-20]' /etc/hosts '{host}/'
  tongs fetch -H db1 /var/backups/shop.sql - | psql shop

${HOSTS}

${RUN}

${OUTPUT}

A terminal shows how far it is: all hosts together, and the slowest ones.

${EXIT_STATUS}`,

  sync:
    `Makes copies of a directory on hosts, or here of theirs. Only what differs goes
over the network: files whose size or time differs, and where it is the time
alone, those whose SHA-256 does.

Usage: tongs sync -H HOSTS [OPTION...] DIR DEST
       tongs sync -H HOSTS [OPTION...] --from REMOTE TEMPLATE

The content of DIR goes into DEST, with permissions, times, links and empty
directories. With --from it is the other way round: the content of REMOTE on
each host goes into TEMPLATE here, in which {host} stands for the host's name.

Nothing is removed without --delete, and nothing is ever written or removed
outside of the target. Each file is replaced at once and as a whole. When it is
interrupted, what was copied stays, and nothing is half written.

Examples:
  tongs sync -H 'web[01-20]' site /srv/site
  tongs sync -H web1 --delete --exclude .git --exclude '*.log' . /srv/app
  tongs sync -H web1 --dry-run --delete site /srv/site
  tongs sync -H 'web[01-20]' --from /var/log/nginx 'logs/{host}'

${HOSTS}

Directory:
      --from             from the hosts to here
      --delete           remove what the source does not have
      --exclude GLOB     leave these out, and alone; may be repeated: '*.log' at
                         any depth, 'build/' a directory, 'docs/*.md' a path
      --dry-run          say what would be done, and change nothing:
                         + new, * other content, . other permissions, - removed

${RUN}

${OUTPUT}

-v lists what is changed, as --dry-run does. A terminal shows how far it is.

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
