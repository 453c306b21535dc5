# Drives Net::Stomp for Perl: see dialogue.ts for the words.
#
# The library leaves headers as they are, so escaping is its user's business, as here for STOMP 1.1; it
# has no heart-beats; a repeated header's last value counts. `receive_frame` gives whatever comes: this
# driver sorts it by subscription and receipt.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use Net::Stomp;
use Time::HiRes qw(time);

my $BODY_BYTES_SHOWN = 4096;
my $CONFIRM_SECONDS  = 20;
my %RESERVED = map { $_ => 1 } qw(
    destination message-id subscription ack content-length content-type receipt expires priority
    timestamp correlation-id reply-to type redelivered persistent amq-msg-type
);
my %ESCAPES = ( "\\" => "\\\\", "\n" => "\\n", ":" => "\\c" );
my %PLAIN   = reverse %ESCAPES;

# By the names of the matrix: connections, and subscriptions as { link, id, inbox, unsettled, … }.
my ( %links, %subscriptions );
my $count = 0;

sub escaped   { my $text = encode_utf8(shift); $text =~ s/([\\\n:])/$ESCAPES{$1}/g; return $text }
sub unescaped { my $text = shift; $text =~ s/(\\[\\nc])/$PLAIN{$1}/g; return decode_utf8($text) }
sub spell { my $to = shift; return "/$to->{kind}/$to->{name}" }
sub fresh { $count++; return "n$count" }

sub described {
    my ( $kind, $raw ) = @_;
    return { kind => $kind, length => length $raw, sha256 => sha256_hex($raw) }
        if length $raw > $BODY_BYTES_SHOWN;
    return { kind => 'text', text => decode_utf8($raw) } if $kind eq 'text';
    return { kind => 'bytes', hex => unpack 'H*', $raw };
}

sub read_message {
    my $frame   = shift;
    my %headers = map { $_ => unescaped( $frame->headers->{$_} ) } keys %{ $frame->headers };
    my $kind    = $headers{'amq-msg-type'} // ( exists $headers{'content-length'} ? 'bytes' : 'text' );
    my %message = (
        body       => described( $kind, $frame->body // '' ),
        properties => {
            map { unescaped($_) => { type => 'string', value => $headers{$_} } }
            grep { !$RESERVED{$_} } keys %headers
        },
    );
    for my $flag (qw(persistent redelivered)) {
        $message{$flag} = ( $headers{$flag} // '' ) eq 'true' ? JSON::PP::true : JSON::PP::false;
    }
    $message{correlationId} = $headers{'correlation-id'} if exists $headers{'correlation-id'};
    $message{type}          = $headers{type}             if exists $headers{type};
    $message{priority}      = 0 + $headers{priority}     if exists $headers{priority};
    if ( ( $headers{'reply-to'} // '' ) =~ m{^/(queue|topic)/(.*)$}s ) {
        $message{replyTo} = { kind => $1, name => $2 };
    }
    return \%message;
}

# Takes one frame and puts it where it belongs; false when the time is over.
sub sort_frame {
    my ( $link, $seconds ) = @_;
    return 0 unless $link->{stomp}->can_read( { timeout => $seconds } );
    my $frame = $link->{stomp}->receive_frame( { timeout => $seconds } ) or return 0;
    if ( $frame->command eq 'MESSAGE' ) {
        push @{ $link->{inboxes}{ $frame->headers->{subscription} } }, $frame;
    }
    elsif ( $frame->command eq 'RECEIPT' ) { $link->{receipts}{ $frame->headers->{'receipt-id'} } = 1 }
    else { die $frame->command . ': ' . ( $frame->headers->{message} // '' ) . "\n" }
    return 1;
}

sub await {
    my ( $link, @receipts ) = @_;
    my $over = time + $CONFIRM_SECONDS;
    for my $receipt (@receipts) {
        until ( delete $link->{receipts}{$receipt} ) {
            die "no receipt $receipt\n" if time > $over;
            sort_frame( $link, 1 );
        }
    }
}

sub frame {
    my ( $link, $command, %headers ) = @_;
    my $new = Net::Stomp::Frame->new( { command => $command, headers => \%headers } );
    $link->{stomp}->send_frame($new);
}

sub confirmed {
    my ( $link, $act ) = @_;
    my $receipt = fresh();
    $act->( receipt => $receipt );
    await( $link, $receipt );
}

sub send_messages {
    my ( $link, $command ) = @_;
    my @receipts;
    for my $spec ( @{ $command->{messages} } ) {
        my $properties = $spec->{properties} // {};
        my %headers =
            map { escaped($_) => escaped( $properties->{$_}{value} ) } keys %$properties;
        $headers{'correlation-id'} = escaped( $spec->{correlationId} ) if exists $spec->{correlationId};
        $headers{type}        = escaped( $spec->{type} )   if exists $spec->{type};
        $headers{'reply-to'}  = spell( $spec->{replyTo} )  if exists $spec->{replyTo};
        $headers{priority}    = $spec->{priority}          if exists $spec->{priority};
        $headers{persistent}  = $spec->{persistent} ? 'true' : 'false' if exists $spec->{persistent};
        $headers{transaction} = $command->{transaction}    if exists $command->{transaction};
        my ( $body, $times ) = ( $spec->{body}, $spec->{body}{times} // 1 );
        my $raw =
            exists $body->{text}
            ? encode_utf8( $body->{text} ) x $times
            : pack 'H*', $body->{hex} x $times;
        $headers{bytes_message} = 1 if exists $body->{hex};
        push @receipts, $headers{receipt} = fresh();
        $link->{stomp}
            ->send( { %headers, destination => spell( $command->{destination} ), body => $raw } );
    }
    await( $link, @receipts );
}

sub subscribe {
    my ( $link, $command ) = @_;
    my $id      = fresh();
    my $ack     = $command->{acknowledge};
    my %headers = (
        id          => $id,
        destination => spell( $command->{destination} ),
        ack         => $ack eq 'individual' ? 'client-individual' : $ack,
    );
    $headers{'activemq.subscriptionName'} = $command->{durable} if exists $command->{durable};
    $headers{selector} = escaped( $command->{selector} ) if exists $command->{selector};
    $headers{browser}  = 'true'                          if $command->{browse};
    $link->{inboxes}{$id} = [];
    confirmed( $link, sub { $link->{stomp}->subscribe( { %headers, @_ } ) } );
    return { link => $link, id => $id, command => $command, unsettled => [] };
}

sub receive {
    my ( $from, $wanted, $seconds ) = @_;
    my ( $inbox, $over, @came ) = ( $from->{link}{inboxes}{ $from->{id} }, time + $seconds );
    while ( @came < $wanted ) {
        my $frame = shift @$inbox;
        if ( !defined $frame ) {
            my $left = $over - time;
            last if $left <= 0;
            sort_frame( $from->{link}, $left );
            next;
        }
        last if ( $frame->headers->{browser} // '' ) eq 'end';
        push @came, $frame;
    }
    push @{ $from->{unsettled} }, @came;
    return [ map { read_message($_) } @came ];
}

sub settle {
    my ( $from, $frame, $outcome, $transaction ) = @_;
    my %headers = ( frame => $frame, subscription => $from->{id} );
    $headers{transaction} = $transaction if defined $transaction;
    $headers{requeue}     = 'true'       if $outcome eq 'fail';
    my $method = $outcome eq 'accept' ? 'ack' : 'nack';
    confirmed( $from->{link}, sub { $from->{link}{stomp}->$method( { %headers, @_ } ) } );
}

sub unsubscribe {
    my ( $from, $forget ) = @_;
    my %headers = ( id => $from->{id} );
    my $durable = $from->{command}{durable};
    $headers{'activemq.subscriptionName'} = $durable if $forget && defined $durable;
    confirmed( $from->{link}, sub { $from->{link}{stomp}->unsubscribe( { %headers, @_ } ) } );
}

sub connect_to {
    my $command = shift;
    my ( $user, $password, $host, $port ) =
        $command->{url} =~ m{^\w+://(?:([^:@]*):([^@]*)@)?([^:/]+):(\d+)};
    my $stomp = Net::Stomp->new(
        { hostname => $host, port => $port, reconnect_on_fork => 0, connect_delay => 0 } );
    my %headers = ( 'accept-version' => '1.1', host => $host );
    @headers{qw(login passcode)} = ( $user, $password ) if defined $user;
    $headers{'client-id'} = $command->{clientId} if exists $command->{clientId};
    my $answer = $stomp->connect( \%headers );
    die "not connected\n" unless $answer && $answer->command eq 'CONNECTED';
    return { stomp => $stomp, inboxes => {}, receipts => {} };
}

my %OPERATIONS = (
    connect => sub { my $c = shift; $links{ $c->{connection} } = connect_to($c); return {} },
    send    => sub { my $c = shift; send_messages( $links{ $c->{connection} }, $c ); return {} },
    subscribe => sub {
        my $c = shift;
        $subscriptions{ $c->{subscription} } = subscribe( $links{ $c->{connection} }, $c );
        return {};
    },
    receive => sub {
        my $c    = shift;
        my $from = $subscriptions{ $c->{subscription} };
        return { messages => receive( $from, $c->{count}, $c->{timeoutMs} / 1000 ) };
    },
    acknowledge => sub {
        my $from = $subscriptions{ shift->{subscription} };
        settle( $from, $from->{unsettled}[-1], 'accept' );
        $from->{unsettled} = [];
        return {};
    },
    settle => sub {
        my $c    = shift;
        my $from = $subscriptions{ $c->{subscription} };
        my $frame = splice @{ $from->{unsettled} }, $c->{at}, 1;
        settle( $from, $frame, $c->{outcome}, $c->{transaction} );
        return {};
    },
    unsubscribe => sub {
        my $c = shift;
        unsubscribe( $subscriptions{ $c->{subscription} }, $c->{forget} );
        return {};
    },
    begin => sub {
        my $c = shift;
        frame( $links{ $c->{connection} }, 'BEGIN', transaction => $c->{transaction} );
        return {};
    },
    end => sub {
        my $c    = shift;
        my $link = $links{ $c->{connection} };
        my $word = $c->{commit} ? 'COMMIT' : 'ABORT';
        confirmed( $link, sub { frame( $link, $word, transaction => $c->{transaction}, @_ ) } );
        return {};
    },
    close => sub {
        my $link = delete $links{ shift->{connection} };
        confirmed( $link, sub { frame( $link, 'DISCONNECT', @_ ) } );
        $link->{stomp}->_close_socket;
        return {};
    },
    drop => sub { ( delete $links{ shift->{connection} } )->{stomp}->_close_socket; return {} },
);

# Whatever a library prints must not break the dialogue.
open my $answers, '>&', \*STDOUT or die $!;
open STDOUT, '>&', \*STDERR or die $!;
$answers->autoflush(1);
my $json = JSON::PP->new->utf8;
print {$answers} $json->encode( { client => 'net-stomp', version => $Net::Stomp::VERSION } ), "\n";
while ( my $line = <STDIN> ) {
    my $command = $json->decode($line);
    my $answer  = eval {
        my $operation = $OPERATIONS{ $command->{op} } or die "no such command: $command->{op}\n";
        +{ %{ $operation->($command) }, ok => JSON::PP::true };
    } // { ok => JSON::PP::false, error => "$@" };
    print {$answers} $json->encode($answer), "\n";
}
