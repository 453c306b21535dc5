// go-amqp at the doors with passwords and certificates. Prints a line of JSON for each test. It has no SCRAM.

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/Azure/go-amqp"
)

var told struct {
	Urls         map[string]string
	Certificates string
	Password     string
}

var queues = 0

func pem(name string) string {
	return filepath.Join(told.Certificates, name+".pem")
}

// Over TLS, with the certificate of that name if there is one.
func secure(certificate string) *tls.Config {
	authority, err := os.ReadFile(pem("ca"))
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	config := &tls.Config{RootCAs: pool, ServerName: "localhost"}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(pem(certificate), pem(certificate+"-key"))
		if err != nil {
			panic(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// Sends a message and receives it.
func converse(url string, sasl amqp.SASLType, config *tls.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := amqp.Dial(ctx, url, &amqp.ConnOptions{SASLType: sasl, TLSConfig: config})
	if err != nil {
		return err
	}
	defer connection.Close()
	session, err := connection.NewSession(ctx, nil)
	if err != nil {
		return err
	}
	queues++
	address := fmt.Sprintf("security.go.%d", queues)
	sender, err := session.NewSender(ctx, address, nil)
	if err != nil {
		return err
	}
	message := amqp.NewMessage([]byte("grüezi"))
	if err := sender.Send(ctx, message, nil); err != nil {
		return err
	}
	receiver, err := session.NewReceiver(ctx, address, nil)
	if err != nil {
		return err
	}
	came, err := receiver.Receive(ctx, nil)
	if err != nil {
		return err
	}
	if string(came.GetData()) != "grüezi" {
		return fmt.Errorf("received %q", came.GetData())
	}
	return receiver.AcceptMessage(ctx, came)
}

func test(name string, refused bool, url string, sasl amqp.SASLType, config *tls.Config) {
	startedAt := time.Now()
	err := converse(url, sasl, config)
	line := struct {
		Test  string `json:"test"`
		Error string `json:"error,omitempty"`
		Ms    int64  `json:"ms"`
	}{Test: name, Ms: time.Since(startedAt).Milliseconds()}
	if refused && err == nil {
		line.Error = "came in"
	} else if !refused && err != nil {
		line.Error = err.Error()
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func main() {
	if err := json.Unmarshal([]byte(os.Getenv("INTEROP_SECURITY")), &told); err != nil {
		panic(err)
	}
	plain, over := told.Urls["amqp"], told.Urls["amqps"]
	alice := amqp.SASLTypePlain("alice", told.Password)
	external := amqp.SASLTypeExternal("")
	test("PLAIN", false, plain, alice, nil)
	test("PLAIN with a ready verifier", false, plain, amqp.SASLTypePlain("bob", told.Password), nil)
	test("PLAIN refuses a wrong password", true, plain, amqp.SASLTypePlain("alice", "wrong"), nil)
	test("ANONYMOUS is refused", true, plain, amqp.SASLTypeAnonymous(), nil)
	test("no SASL is refused", true, plain, nil, nil)
	test("PLAIN over TLS", false, over, alice, secure(""))
	test("EXTERNAL by the certificate", false, over, external, secure("billing"))
	test("EXTERNAL under the same name", false, over, amqp.SASLTypeExternal("billing"), secure("billing"))
	test("EXTERNAL under another name is refused", true, over, amqp.SASLTypeExternal("alice"), secure("billing"))
	test("EXTERNAL of a stranger is refused", true, over, external, secure("stranger"))
	test("the certificate without SASL", false, over, nil, secure("billing"))
}
