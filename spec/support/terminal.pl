# Runs a command at a terminal of its own: terminal.pl STEP ... -- COMMAND ...
# A step is "size COLUMNS ROWS" (before all others), "await TEXT" (until the terminal has shown it
# since the last such step), "type TEXT" (\n is Enter, \x03 is Ctrl-C), "send SIGNAL" to the command,
# "end" (until the command has closed the terminal), or "look", which prints whether the terminal
# echoes. At last prints all that was shown, and how the command ended.
use strict;
use warnings;
use Fcntl;
use POSIX ':sys_wait_h';

use constant {
  TIOCSPTLCK => 0x40045431, TIOCGPTN => 0x80045430, TIOCSCTTY => 0x540E, TIOCSWINSZ => 0x5414,
};

# A bare machine may have no terminals to give; a mount that only we see gives them.
my ($ptmx) = grep { -e } '/dev/ptmx', '/dev/pts/ptmx';
my $mount = 'mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts && exec "$@"';
exec 'unshare', '--mount', '--propagation', 'unchanged', $> ? '--map-root-user' : (),
  'sh', '-c', $mount, 'sh', $^X, $0, @ARGV unless $ptmx;

my (@steps, $pid);
while (@ARGV && (my $word = shift) ne '--') { push @steps, $word }

$SIG{ALRM} = sub { print "late\n"; kill 'KILL', $pid if $pid; exit 1 };
alarm 30;
sysopen(my $master, $ptmx, O_RDWR | O_NOCTTY) or die "no terminal: $!";
my $unlocked = pack 'i', 0;
ioctl($master, TIOCSPTLCK, $unlocked) or die $!;
my $number = pack 'i', 0;
ioctl($master, TIOCGPTN, $number) or die $!;
sysopen(my $slave, '/dev/pts/' . unpack('i', $number), O_RDWR | O_NOCTTY) or die $!;

sub size {
  my $size = pack 'S4', $_[1], $_[0], 0, 0;
  ioctl($master, TIOCSWINSZ, $size) or die $!;
}

size(split ' ', substr shift @steps, 5) while @steps && $steps[0] =~ /^size /;
$pid = fork;
if ($pid == 0) {
  POSIX::setsid;
  ioctl($slave, TIOCSCTTY, 0) or die $!;
  $SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT TERM TSTP);
  POSIX::dup2(fileno $slave, $_) for 0 .. 2;
  exec @ARGV or die $!;
}
close $slave;

my ($shown, $seen) = ('', 0);
sub more {
  my $n = sysread($master, my $bytes, 4096);
  $shown .= $bytes if $n;
  return $n;
}

for (@steps) {
  my ($verb, $text) = split ' ', $_, 2;
  if ($verb eq 'await') {
    my $at;
    while (($at = index $shown, $text, $seen) < 0) { more() or last }
    $seen = $at + length $text if $at >= 0;
  } elsif ($verb eq 'type') {
    $text =~ s/\\n/\n/g;
    $text =~ s/\\x(..)/chr hex $1/ge;
    syswrite $master, $text;
  } elsif ($verb eq 'send') {
    kill $text, $pid;
  } elsif ($verb eq 'end') {
    while (more()) { }
  } elsif ($verb eq 'look') {
    my $settings = POSIX::Termios->new;
    $settings->getattr(fileno $master) or die $!;
    print $settings->getlflag & POSIX::ECHO ? "echo\n" : "silent\n";
  }
}
while (more()) { }
waitpid $pid, 0;
$shown =~ s/\r//g;
print $shown, WIFSIGNALED($?) ? 'killed by ' . WTERMSIG($?) : 'status ' . WEXITSTATUS($?), "\n";
