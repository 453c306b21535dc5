// The messages of the driver for go-amqp: what a spec is in this library, and what arrived is in the words
// of dialogue.ts. Go's types decide AMQP's: an int32 is an int, a time a timestamp, and symbols are read
// as strings.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/go-amqp"
)

const bodyBytesShown = 4096

type value struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type destination struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

type properties struct {
	MessageID     value  `json:"messageId"`
	CorrelationID value  `json:"correlationId"`
	CreatedAt     string `json:"createdAt"`
	ExpiresAt     string `json:"expiresAt"`
}

type spec struct {
	Body struct {
		Text   *string          `json:"text"`
		Hex    *string          `json:"hex"`
		Times  int              `json:"times"`
		Map    map[string]value `json:"map"`
		Stream []value          `json:"stream"`
	} `json:"body"`
	Properties    map[string]value `json:"properties"`
	CorrelationID *string          `json:"correlationId"`
	Type          *string          `json:"type"`
	ReplyTo       *destination     `json:"replyTo"`
	Priority      *uint8           `json:"priority"`
	Persistent    bool             `json:"persistent"`
	AMQP          *properties      `json:"amqp"`
}

type received struct {
	Body          map[string]any   `json:"body"`
	Properties    map[string]value `json:"properties"`
	CorrelationID *string          `json:"correlationId,omitempty"`
	Type          *string          `json:"type,omitempty"`
	ReplyTo       *destination     `json:"replyTo,omitempty"`
	Priority      uint8            `json:"priority"`
	Persistent    bool             `json:"persistent"`
	Redelivered   bool             `json:"redelivered"`
	AMQP          *properties      `json:"amqp,omitempty"`
}

func native(v value) (any, error) {
	integer := func(bits int) (int64, error) { return strconv.ParseInt(v.Value, 10, bits) }
	unsigned := func(bits int) (uint64, error) { return strconv.ParseUint(v.Value, 10, bits) }
	switch v.Type {
	case "boolean":
		return v.Value == "true", nil
	case "byte":
		n, err := integer(8)
		return int8(n), err
	case "short":
		n, err := integer(16)
		return int16(n), err
	case "int":
		n, err := integer(32)
		return int32(n), err
	case "long":
		return integer(64)
	case "ubyte":
		n, err := unsigned(8)
		return uint8(n), err
	case "ushort":
		n, err := unsigned(16)
		return uint16(n), err
	case "uint":
		n, err := unsigned(32)
		return uint32(n), err
	case "ulong":
		return unsigned(64)
	case "float":
		n, err := strconv.ParseFloat(v.Value, 32)
		return float32(n), err
	case "double":
		return strconv.ParseFloat(v.Value, 64)
	case "string":
		return v.Value, nil
	case "binary":
		return hex.DecodeString(v.Value)
	case "timestamp":
		n, err := integer(64)
		return time.UnixMilli(n), err
	case "uuid":
		var id amqp.UUID
		raw, err := hex.DecodeString(strings.ReplaceAll(v.Value, "-", ""))
		copy(id[:], raw)
		return id, err
	case "symbol":
		return amqp.Symbol(v.Value), nil
	}
	return nil, fmt.Errorf("no %s in this library", v.Type)
}

func typed(v any) value {
	switch v := v.(type) {
	case bool:
		return value{"boolean", strconv.FormatBool(v)}
	case int8:
		return value{"byte", fmt.Sprint(v)}
	case int16:
		return value{"short", fmt.Sprint(v)}
	case int32:
		return value{"int", fmt.Sprint(v)}
	case int64:
		return value{"long", fmt.Sprint(v)}
	case uint8:
		return value{"ubyte", fmt.Sprint(v)}
	case uint16:
		return value{"ushort", fmt.Sprint(v)}
	case uint32:
		return value{"uint", fmt.Sprint(v)}
	case uint64:
		return value{"ulong", fmt.Sprint(v)}
	case float32:
		return value{"float", strconv.FormatFloat(float64(v), 'g', -1, 32)}
	case float64:
		return value{"double", strconv.FormatFloat(v, 'g', -1, 64)}
	case string:
		return value{"string", v}
	case []byte:
		return value{"binary", hex.EncodeToString(v)}
	case time.Time:
		return value{"timestamp", fmt.Sprint(v.UnixMilli())}
	case amqp.UUID:
		return value{"uuid", v.String()}
	case amqp.Symbol:
		return value{"symbol", string(v)}
	}
	return value{fmt.Sprintf("%T", v), fmt.Sprint(v)}
}

func natives(values map[string]value) (map[string]any, error) {
	made := map[string]any{}
	for name, v := range values {
		one, err := native(v)
		if err != nil {
			return nil, err
		}
		made[name] = one
	}
	return made, nil
}

func described(kind string, raw []byte) map[string]any {
	if len(raw) > bodyBytesShown {
		sum := sha256.Sum256(raw)
		return map[string]any{"kind": kind, "length": len(raw), "sha256": hex.EncodeToString(sum[:])}
	}
	if kind == "text" {
		return map[string]any{"kind": kind, "text": string(raw)}
	}
	return map[string]any{"kind": kind, "hex": hex.EncodeToString(raw)}
}

func readBody(message *amqp.Message) map[string]any {
	if message.Data != nil {
		var raw []byte
		for _, part := range message.Data {
			raw = append(raw, part...)
		}
		return described("bytes", raw)
	}
	if message.Sequence != nil {
		items := []value{}
		for _, part := range message.Sequence {
			for _, item := range part {
				items = append(items, typed(item))
			}
		}
		return map[string]any{"kind": "stream", "items": items}
	}
	entries := map[string]value{}
	switch body := message.Value.(type) {
	case string:
		return described("text", []byte(body))
	case map[string]any:
		for name, v := range body {
			entries[name] = typed(v)
		}
	case map[any]any:
		for name, v := range body {
			entries[fmt.Sprint(name)] = typed(v)
		}
	default:
		return map[string]any{"kind": "other", "what": fmt.Sprintf("%T", body)}
	}
	return map[string]any{"kind": "map", "entries": entries}
}

func parseAddress(address string) *destination {
	for _, kind := range []string{"queue", "topic"} {
		if name, found := strings.CutPrefix(address, kind+"://"); found {
			return &destination{kind, name}
		}
	}
	return &destination{"queue", address}
}

func readMessage(message *amqp.Message) received {
	read := received{Body: readBody(message), Properties: map[string]value{}, Priority: 4}
	for name, v := range message.ApplicationProperties {
		read.Properties[name] = typed(v)
	}
	if header := message.Header; header != nil {
		read.Priority = header.Priority
		read.Persistent = header.Durable
		read.Redelivered = header.DeliveryCount > 0
	}
	if p := message.Properties; p != nil {
		read.Type = p.Subject
		if p.CorrelationID != nil {
			text := fmt.Sprint(p.CorrelationID)
			read.CorrelationID = &text
		}
		if p.ReplyTo != nil {
			read.ReplyTo = parseAddress(*p.ReplyTo)
		}
		if p.AbsoluteExpiryTime != nil && p.CreationTime != nil {
			read.AMQP = &properties{
				typed(p.MessageID), typed(p.CorrelationID),
				fmt.Sprint(p.CreationTime.UnixMilli()), fmt.Sprint(p.AbsoluteExpiryTime.UnixMilli()),
			}
		}
	}
	return read
}

func writeBody(s spec, message *amqp.Message) (err error) {
	body, times := s.Body, max(1, s.Body.Times)
	annotate := func(kind int8) { message.Annotations = amqp.Annotations{"x-opt-jms-msg-type": kind} }
	switch {
	case body.Text != nil:
		message.Value = strings.Repeat(*body.Text, times)
	case body.Hex != nil:
		raw, err := hex.DecodeString(strings.Repeat(*body.Hex, times))
		message.Data = [][]byte{raw}
		return err
	case body.Map != nil:
		// Without this a JMS client takes the map for an object. [JMS mapping 3.2]
		annotate(2)
		message.Value, err = natives(body.Map)
	default:
		annotate(4)
		items := []any{}
		for _, v := range body.Stream {
			item, err := native(v)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		message.Sequence = [][]any{items}
	}
	return err
}

func writeMessage(s spec) (*amqp.Message, error) {
	message := &amqp.Message{
		Header:     &amqp.MessageHeader{Durable: s.Persistent, Priority: 4},
		Properties: &amqp.MessageProperties{Subject: s.Type},
	}
	if err := writeBody(s, message); err != nil {
		return nil, err
	}
	if s.Properties != nil {
		made, err := natives(s.Properties)
		if err != nil {
			return nil, err
		}
		message.ApplicationProperties = made
	}
	if s.CorrelationID != nil {
		message.Properties.CorrelationID = *s.CorrelationID
	}
	if s.ReplyTo != nil {
		message.Properties.ReplyTo = &s.ReplyTo.Name
	}
	if s.Priority != nil {
		message.Header.Priority = *s.Priority
	}
	if ids := s.AMQP; ids != nil {
		created, _ := strconv.ParseInt(ids.CreatedAt, 10, 64)
		expires, _ := strconv.ParseInt(ids.ExpiresAt, 10, 64)
		createdAt, expiresAt := time.UnixMilli(created), time.UnixMilli(expires)
		message.Properties.CreationTime = &createdAt
		message.Properties.AbsoluteExpiryTime = &expiresAt
		var err1, err2 error
		message.Properties.MessageID, err1 = native(ids.MessageID)
		message.Properties.CorrelationID, err2 = native(ids.CorrelationID)
		return message, errors.Join(err1, err2)
	}
	return message, nil
}
