// cspell:ignore getpwuid sysread syswrite
import { existsSync } from "node:fs";
import type { WorldPaths } from "../paths.ts";

const PERL = "/usr/bin/perl";

/** Whether {@link perlClient} runs here. Small containers have no Perl; then `main.js` is the client. */
export const hasPerl = (): boolean => process.platform === "linux" && existsSync(PERL);

const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;

/**
 * A `multipass` that needs a tenth of the processor time that Node.js takes to start. It serves a daemon that
 * answers, and becomes the client in `main.js` in all other cases.
 *
 * It loads no modules, because they would take longer than all the rest.
 */
export const perlClient = ({ root, clientScript, calls, rootCertificate, socket }: WorldPaths): string =>
  String.raw`#!${PERL}
use strict;

my $calls = ${quote(calls)};
my ($word) = grep { !/^-/ } @ARGV;
my ($path) = ($ENV{MULTIPASS_SERVER_ADDRESS} // ${quote(`unix:${socket}`)}) =~ /^unix:(.{1,107})$/s;
my ($AF_UNIX, $SOCK_STREAM) = (1, 1);

unless (defined $path && ($word // '') ne 'wait-ready' && -e ${quote(rootCertificate)}
  && socket(SOCKET, $AF_UNIX, $SOCK_STREAM, 0)
  && connect(SOCKET, pack 'S a108', $AF_UNIX, $path)) {
  # When coverage is measured, each call would write some hundred kilobytes of the simulator's own.
  delete $ENV{NODE_V8_COVERAGE};
  exec ${[process.execPath, clientScript, root].map(quote).join(", ")}, @ARGV;
}

sub to_json {
  my ($text) = @_;
  $text =~ s/(["\\\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
  return qq("$text");
}
# The daemon records the start and the end of this call. This client only records an end that the daemon cannot see,
# with the arguments, since a daemon that died may not have read them.
my $id = sprintf '%x-%d', time, $$;
my $argv = join ',', map { to_json($_) } @ARGV;
sub record_end {
  my ($how) = @_;
  require Time::HiRes;
  my $now = Time::HiRes::time() * 1000;
  open my $file, '>>', $calls or return;
  syswrite $file, sprintf qq({"id":"%s","argv":[%s],"startedAt":%d,"endedAt":%d,%s}\n), $id, $argv, $now, $now, $how;
}
for my $signal ('INT', 'TERM', 'HUP') {
  $SIG{$signal} = sub {
    record_end(qq("signal":"SIG$signal"));
    $SIG{$signal} = 'DEFAULT';
    kill $signal, $$;
  };
}
$SIG{PIPE} = 'IGNORE';

my %escapes = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");
sub from_json {
  my ($text) = @_;
  $text =~ s/\\(?:u(....)|(.))/defined $1 ? (hex $1 < 128 ? chr hex $1 : '?') : $escapes{$2} \/\/ $2/ge;
  return $text;
}
sub put {
  my ($stream, $bytes) = @_;
  while (length $bytes) {
    vec(my $ready = '', fileno $stream, 1) = 1;
    select undef, $ready, undef, undef;
    my $written = syswrite $stream, $bytes or return;
    substr $bytes, 0, $written, '';
  }
}
sub answer {
  my ($request, $bytes) = @_;
  my $result = defined $bytes ? '"data":"' . unpack('H*', $bytes) . '"' : '"error":' . to_json("$!");
  put(*SOCKET, qq({"answer":$request,$result}\n));
}
sub content_of {
  my ($path) = @_;
  open my $file, '<:raw', $path or return undef;
  local $/;
  return scalar <$file>;
}

my $home = $ENV{XDG_DATA_HOME} || $ENV{HOME} || $ENV{USERPROFILE} || (getpwuid $<)[7];
my ($cwd_json, $home_json) = map { to_json($_) } readlink('/proc/self/cwd'), $home;
put(*SOCKET, qq({"hello":{"id":"$id","argv":[$argv],"cwd":$cwd_json,"home":$home_json,"record":true}}\n));

my ($stdin, $stdin_request, $pending) = ('', undef, '');
while (1) {
  vec(my $ready = '', fileno SOCKET, 1) = 1;
  vec($ready, fileno STDIN, 1) = 1 if defined $stdin_request;
  select $ready, undef, undef, undef;
  if (defined $stdin_request && vec $ready, fileno STDIN, 1) {
    next if sysread STDIN, $stdin, 65536, length $stdin;
    answer($stdin_request, $stdin);
    undef $stdin_request;
  }
  next unless vec $ready, fileno SOCKET, 1;
  sysread SOCKET, $pending, 65536, length $pending or last;
  while ($pending =~ s/^(.*)\n//) {
    my $frame = $1;
    if ($frame =~ /^\{"exit":(\d+)/) { exit $1 }
    elsif ($frame =~ /^\{"ask":(\d+),"op":"stdin"/) { $stdin_request = $1 }
    elsif ($frame =~ /^\{"ask":(\d+),"op":"readFile","path":"(.*)"\}$/) { answer($1, content_of(from_json($2))) }
    elsif ($frame =~ /^\{"word":"(.*)"\}$/) { $word = from_json($1) }
    elsif ($frame =~ /^\{"(out|err)(Hex)?":"(.*)"\}$/) {
      put($1 eq 'out' ? *STDOUT : *STDERR, $2 ? pack('H*', $3) : from_json($3));
    }
  }
}
# The daemon died during the command. The real client cannot tell that from a daemon that never ran.
put(*STDERR, "$word failed: cannot connect to the multipass socket\n");
record_end('"exitCode":2');
exit 2;
`;
