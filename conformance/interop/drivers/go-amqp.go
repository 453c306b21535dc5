// Drives go-amqp, an AMQP 1.0 client for Go: see dialogue.ts for the words.
//
// Credit is issued by hand, since only then can a link be drained. The library has no transactions, no
// value of the type char, and always closes a link when it lets go of it: who keeps a durable
// subscription ends the connection. Go's types decide AMQP's: an int32 is an int, a time a timestamp.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/Azure/go-amqp"
)

const (
	confirm = 20 * time.Second
	credit  = 100
)

type command struct {
	Op           string      `json:"op"`
	Connection   string      `json:"connection"`
	URL          string      `json:"url"`
	ClientID     string      `json:"clientId"`
	Destination  destination `json:"destination"`
	Messages     []spec      `json:"messages"`
	Subscription string      `json:"subscription"`
	Acknowledge  string      `json:"acknowledge"`
	Durable      string      `json:"durable"`
	Shared       string      `json:"shared"`
	Selector     string      `json:"selector"`
	Browse       bool        `json:"browse"`
	Count        int         `json:"count"`
	TimeoutMs    int         `json:"timeoutMs"`
	At           int         `json:"at"`
	Outcome      string      `json:"outcome"`
}

type link struct {
	socket  net.Conn
	conn    *amqp.Conn
	session *amqp.Session
	links   int
}

type subscription struct {
	receiver  *amqp.Receiver
	auto      bool
	unsettled []*amqp.Message
}

func soon(limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), limit)
}

func connect(c command) (*link, error) {
	ctx, cancel := soon(confirm)
	defer cancel()
	at, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	// A socket of our own, which can be cut.
	socket, err := net.Dial("tcp", at.Host)
	if err != nil {
		return nil, err
	}
	options := &amqp.ConnOptions{ContainerID: c.ClientID, SASLType: amqp.SASLTypeAnonymous()}
	if password, has := at.User.Password(); has {
		options.SASLType = amqp.SASLTypePlain(at.User.Username(), password)
	}
	conn, err := amqp.NewConn(ctx, socket, options)
	if err != nil {
		return nil, err
	}
	session, err := conn.NewSession(ctx, nil)
	return &link{socket: socket, conn: conn, session: session}, err
}

func (l *link) send(c command) error {
	ctx, cancel := soon(confirm)
	defer cancel()
	options := &amqp.SenderOptions{TargetCapabilities: []string{c.Destination.Kind}}
	sender, err := l.session.NewSender(ctx, c.Destination.Name, options)
	if err != nil {
		return err
	}
	receipts := []amqp.SendReceipt{}
	for _, s := range c.Messages {
		message, err := writeMessage(s)
		if err != nil {
			return err
		}
		receipt, err := sender.SendWithReceipt(ctx, message, nil)
		if err != nil {
			return err
		}
		receipts = append(receipts, receipt)
	}
	for _, receipt := range receipts {
		state, err := receipt.Wait(ctx)
		if err != nil {
			return err
		}
		if _, accepted := state.(*amqp.StateAccepted); !accepted {
			return fmt.Errorf("outcome %T", state)
		}
	}
	return sender.Close(ctx)
}

func (l *link) subscribe(c command) (*subscription, error) {
	options := &amqp.ReceiverOptions{
		Credit:             -1,
		Name:               c.Durable,
		SourceCapabilities: []string{c.Destination.Kind},
	}
	if c.Durable != "" {
		options.SourceDurability = amqp.DurabilityUnsettledState
		options.SourceExpiryPolicy = amqp.ExpiryPolicyNever
	}
	if c.Shared != "" {
		l.links++
		options.Name = fmt.Sprintf("%s|global%d", c.Shared, l.links)
		options.SourceCapabilities = append(options.SourceCapabilities, "shared", "global")
	}
	if c.Selector != "" {
		options.Filters = []amqp.LinkFilter{amqp.NewSelectorFilter(c.Selector)}
	}
	if c.Browse {
		options.SourceDistributionMode = amqp.SourceDistributionModeCopy
	}
	if c.Op == "node" {
		options = &amqp.ReceiverOptions{Credit: -1, DynamicAddress: true}
	}
	ctx, cancel := soon(confirm)
	defer cancel()
	receiver, err := l.session.NewReceiver(ctx, c.Destination.Name, options)
	if err != nil {
		return nil, err
	}
	auto := c.Acknowledge == "auto" || c.Op == "node"
	return &subscription{receiver: receiver, auto: auto}, receiver.IssueCredit(credit)
}

func (s *subscription) take(message *amqp.Message) (received, error) {
	if !s.auto {
		s.unsettled = append(s.unsettled, message)
		return readMessage(message), nil
	}
	ctx, cancel := soon(confirm)
	defer cancel()
	err := s.receiver.AcceptMessage(ctx, message)
	return readMessage(message), errors.Join(err, s.receiver.IssueCredit(1))
}

func (s *subscription) receive(count int, limit time.Duration) ([]received, error) {
	ctx, cancel := soon(limit)
	defer cancel()
	all := []received{}
	for len(all) < count {
		message, err := s.receiver.Receive(ctx, nil)
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			return nil, err
		}
		one, err := s.take(message)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (s *subscription) drain() ([]received, error) {
	ctx, cancel := soon(confirm)
	defer cancel()
	if err := s.receiver.DrainCredit(ctx, nil); err != nil {
		return nil, err
	}
	all := []received{}
	for message := s.receiver.Prefetched(); message != nil; message = s.receiver.Prefetched() {
		one, err := s.take(message)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, s.receiver.IssueCredit(uint32(credit - len(all)))
}

func (s *subscription) settle(at int, outcome string) error {
	ctx, cancel := soon(confirm)
	defer cancel()
	message := s.unsettled[at]
	s.unsettled = append(s.unsettled[:at], s.unsettled[at+1:]...)
	switch outcome {
	case "accept":
		return s.receiver.AcceptMessage(ctx, message)
	case "reject":
		return s.receiver.RejectMessage(ctx, message, nil)
	case "release":
		return s.receiver.ReleaseMessage(ctx, message)
	}
	options := amqp.ModifyMessageOptions{DeliveryFailed: true}
	options.UndeliverableHere = outcome == "undeliverable"
	return s.receiver.ModifyMessage(ctx, message, &options)
}

type desk struct {
	links         map[string]*link
	subscriptions map[string]*subscription
}

func (d *desk) obey(c command) (answer map[string]any, err error) {
	answer = map[string]any{"ok": true}
	l, s := d.links[c.Connection], d.subscriptions[c.Subscription]
	ctx, cancel := soon(confirm)
	defer cancel()
	switch c.Op {
	case "connect":
		d.links[c.Connection], err = connect(c)
	case "send":
		err = l.send(c)
	case "subscribe":
		d.subscriptions[c.Subscription], err = l.subscribe(c)
	case "node":
		s, err = l.subscribe(c)
		if err == nil {
			d.subscriptions[c.Subscription] = s
			answer["address"] = s.receiver.Address()
		}
	case "receive":
		answer["messages"], err = s.receive(c.Count, time.Duration(c.TimeoutMs)*time.Millisecond)
	case "drain":
		answer["messages"], err = s.drain()
	case "acknowledge":
		for len(s.unsettled) > 0 && err == nil {
			err = s.settle(0, "accept")
		}
	case "settle":
		err = s.settle(c.At, c.Outcome)
	case "unsubscribe":
		err = s.receiver.Close(ctx)
	case "close":
		err = l.conn.Close()
	case "drop":
		err = l.socket.Close()
	default:
		err = fmt.Errorf("no such command: %s", c.Op)
	}
	return answer, err
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/Azure/go-amqp" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

func main() {
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	_ = answers.Encode(map[string]string{"client": "go-amqp", "version": version()})
	commands := bufio.NewReaderSize(os.Stdin, 1<<20)
	d := desk{map[string]*link{}, map[string]*subscription{}}
	for {
		line, err := commands.ReadBytes('\n')
		if err != nil {
			return
		}
		var c command
		answer := map[string]any{}
		if err = json.Unmarshal(line, &c); err == nil {
			answer, err = d.obey(c)
		}
		if err != nil {
			answer = map[string]any{"ok": false, "error": err.Error()}
		}
		_ = answers.Encode(answer)
	}
}
