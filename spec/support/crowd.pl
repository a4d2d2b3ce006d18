# crowd.pl PORT N - N clients that connect and ask before the first of them listens. Prints how
# many got status 200, and the most files that the server (echo_server.lua) had open.
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $n) = @ARGV;
alarm 20;
my @clients = map {
    IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port) or die "connect: $!\n"
} 1 .. $n;
for my $i (0 .. $#clients) {
    my $path = $i % 20 ? "reached" : "files";
    syswrite $clients[$i], "GET /$path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
}
my ($answered, $most) = (0, 0);
for my $i (0 .. $#clients) {
    my $text = do { local $/; readline $clients[$i] };
    my ($number) = ($text // "") =~ m{^HTTP/1\.1 200 .*\r\n\r\n(\d+)$}s or next;
    $answered++;
    $most = $number if $i % 20 == 0 && $number > $most;
}
print "$answered $most";
