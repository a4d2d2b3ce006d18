# A server of raw bytes. It answers the n-th request with the n-th answer, the last one over
# and over, whichever connection the request comes on.
#   perl raw_server.pl LOG LISTEN ANSWERS
# LOG     a file: "connection length\n" and the bytes of each request, before it is answered
# LISTEN  tcp (a free port of 127.0.0.1), or the path of a Unix socket; or deaf: a port that
#         is taken and refuses connections
# ANSWERS a file of lines VERB:HEX, the bytes in hexadecimal. keep leaves the connection open,
#         close closes it, reset breaks it off, greet sends as soon as somebody connects.
#         early answers as soon as it has a request's head, reads no more, and closes once the
#         other side has taken the answer; deaf the same, but it never closes; hangup the same,
#         but it closes at once.
#         tunnel:PATH (in hexadecimal as well) agrees and passes on to that Unix socket.
# It prints the port or the path when it is ready, and stops at the first signal.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(SOL_SOCKET SO_LINGER);

use constant SIOCOUTQ => 0x5411; # bytes that the other side has not taken, of a Unix socket

my ($log_path, $listen, $answers_path) = @ARGV;
open(my $log, '>>', $log_path) or die "$log_path: $!";
open(my $answers, '<', $answers_path) or die "$answers_path: $!";
chomp(my @answers = <$answers>);
$| = 1;
$SIG{PIPE} = 'IGNORE';

if ($listen eq 'deaf') {
    socket(my $deaf, AF_INET, SOCK_STREAM, 0) or die $!;
    bind($deaf, sockaddr_in(0, INADDR_LOOPBACK)) or die $!;
    print((sockaddr_in(getsockname($deaf)))[0], "\n");
    sleep;
}

my $server = $listen eq 'tcp'
    ? IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 64)
    : IO::Socket::UNIX->new(Local => $listen, Listen => 64);
die "listen: $!" unless $server;
print $listen eq 'tcp' ? $server->sockport : $listen, "\n";

my $ready = IO::Select->new($server);
my (%received, %number, %other); # other: the far end of a tunnel
my @held; # connections that nobody looks at any more
my $connections = 0;

sub drop {
    my ($socket) = @_;
    $ready->remove($socket);
    delete $received{$socket};
    $socket->close;
    my $far = delete $other{$socket} or return;
    delete $other{$far};
    drop($far);
}

sub tunnel {
    my ($near, $path) = @_;
    my $far = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!";
    syswrite($near, "HTTP/1.1 200 Established\r\nX-Proxy: 1\r\n\r\n");
    ($other{$near}, $other{$far}) = ($far, $near);
    $ready->add($far);
    return 1;
}

# The number of bytes of the first whole request in a text, or 0.
sub request_length {
    my ($text) = @_;
    my $head = index($text, "\r\n\r\n");
    return 0 if $head < 0;
    my $body = substr($text, 0, $head + 2) =~ /\r\ncontent-length:\s*(\d+)/i ? $1 : 0;
    return length($text) < $head + 4 + $body ? 0 : $head + 4 + $body;
}

sub answer {
    my ($socket) = @_;
    my ($verb, $hex) = split(/:/, @answers > 1 ? shift @answers : $answers[0], 2);
    my $bytes = pack('H*', $hex);
    return tunnel($socket, $bytes) if $verb eq 'tunnel';
    while (length $bytes) {
        my $n = syswrite($socket, $bytes) or last;
        substr($bytes, 0, $n) = '';
    }
    setsockopt($socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) if $verb eq 'reset';
    drop($socket) if $verb eq 'reset' || $verb eq 'close';
    return $verb ne 'reset' && $verb ne 'close';
}

# Answers a request of which no more than the head is wanted.
sub answer_early {
    my ($socket) = @_;
    my $close = $answers[0] =~ /^early/;
    $ready->remove($socket);
    answer($socket);
    return drop($socket) if $answers[0] =~ /^hangup/;
    push @held, $socket unless $close;
    return unless $close;
    my $left = pack('i', 1);
    while (unpack('i', $left) > 0) {
        select(undef, undef, undef, 0.001);
        ioctl($socket, SIOCOUTQ, $left) or die "SIOCOUTQ: $!";
    }
    drop($socket);
}

while (1) {
    for my $socket ($ready->can_read) {
        if ($socket == $server) {
            my $new = $server->accept or next;
            $ready->add($new);
            $number{$new} = ++$connections;
            $received{$new} = '';
            answer($new) if $answers[0] =~ /^greet/;
            next;
        }
        next unless $socket->opened; # the other end of its tunnel has just gone
        $received{$socket} = '' if $other{$socket};
        if (!sysread($socket, $received{$socket}, 65536, length $received{$socket})) {
            drop($socket);
            next;
        }
        if ($other{$socket}) {
            syswrite($other{$socket}, $received{$socket});
            next;
        }
        if ($answers[0] =~ /^(early|deaf|hangup)/) {
            answer_early($socket) if index($received{$socket}, "\r\n\r\n") >= 0;
            next;
        }
        while (my $n = request_length($received{$socket})) {
            my $request = substr($received{$socket}, 0, $n, '');
            syswrite($log, "$number{$socket} $n\n$request");
            answer($socket) or last;
        }
    }
}
