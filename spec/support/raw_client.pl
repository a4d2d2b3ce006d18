# raw_client.pl PORT STEP... - a client that sends what no HTTP library would. Prints all that it
# receives until the server closes. Steps: send:HEX, times:N:HEX, await:HEX (reads until the bytes
# have come), end (no more is sent), drop (resets the connection and ends).
use strict;
use warnings;
use Socket qw(IPPROTO_TCP TCP_NODELAY SOL_SOCKET SO_LINGER);
use IO::Socket::INET;

my ($port, @steps) = @ARGV;
my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Proto => "tcp")
    or die "connect: $!\n";
setsockopt($socket, IPPROTO_TCP, TCP_NODELAY, 1);
$SIG{PIPE} = 'IGNORE';
alarm 20;    # a server that neither answers nor closes fails the spec

my $got = "";

sub receive {
    my $n = sysread($socket, my $bytes, 65536);
    $got .= $bytes if $n;
    return $n;
}

sub put {
    my ($bytes) = @_;
    while (length $bytes) {
        my $n = syswrite($socket, $bytes) or last;
        $bytes = substr($bytes, $n);
    }
}

for (@steps) {
    my ($verb, @words) = split /:/, $_, -1;
    if ($verb eq "send") {
        put(pack "H*", $words[0]);
    } elsif ($verb eq "times") {
        put(join "", (pack "H*", $words[1]) x $words[0]);
    } elsif ($verb eq "await") {
        my $text = pack "H*", $words[0];
        while (index($got, $text) < 0) {
            receive() or last;
        }
    } elsif ($verb eq "end") {
        shutdown $socket, 1;
    } elsif ($verb eq "drop") {
        setsockopt($socket, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0));
        close $socket;
        exit 0;
    }
}
1 while receive();
print $got;
