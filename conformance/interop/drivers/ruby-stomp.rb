# Drives the Ruby stomp gem, STOMP 1.2: see dialogue.ts for the words.
#
# The library adds content-length to everything but an empty body, and passes its own
# `suppress_content_length` on to the broker: `amq-msg-type` says what is a text. It offers a blocking
# `receive`: a thread of each connection sorts what comes. It undoes header escapes one kind after the
# other, so a backslash before c, n or r comes out wrong (1.4.10): no text here has one.

require "digest"
require "json"
require "monitor"
require "stomp"
require "uri"

BODY_BYTES_SHOWN = 4096
CONFIRM_SECONDS = 20
RESERVED = %w[
  destination message-id subscription ack content-length content-type receipt expires priority
  timestamp correlation-id reply-to type redelivered persistent amq-msg-type
].freeze

def spell(destination)
  "/#{destination["kind"]}/#{destination["name"]}"
end

def describe(kind, raw)
  if raw.bytesize > BODY_BYTES_SHOWN
    return { kind: kind, length: raw.bytesize, sha256: Digest::SHA256.hexdigest(raw) }
  end
  kind == "text" ? { kind: "text", text: raw } : { kind: "bytes", hex: raw.unpack1("H*") }
end

def text_of(value)
  # A header that is repeated is a list here; the first counts. [STOMP 1.2 Repeated Header Entries]
  value = value.first if value.is_a?(Array)
  value.dup.force_encoding("UTF-8")
end

def read(message)
  headers = message.headers.transform_values { |value| text_of(value) }
  kind_of_body = headers["amq-msg-type"] || (headers.key?("content-length") ? "bytes" : "text")
  raw = message.body.dup.force_encoding(kind_of_body == "bytes" ? "BINARY" : "UTF-8")
  _, kind, name = headers["reply-to"]&.split("/", 3)
  {
    body: describe(kind_of_body, raw),
    properties: headers.reject { |key, _| RESERVED.include?(key) }
                       .transform_values { |value| { type: "string", value: value } },
    persistent: headers["persistent"] == "true",
    redelivered: headers["redelivered"] == "true",
    correlationId: headers["correlation-id"],
    type: headers["type"],
    replyTo: kind && { kind: kind, name: name },
    priority: headers["priority"]&.to_i
  }.compact
end

def headers_of(spec)
  headers = (spec["properties"] || {}).transform_values { |value| value["value"] }
  headers["correlation-id"] = spec["correlationId"] if spec["correlationId"]
  headers["type"] = spec["type"] if spec["type"]
  headers["reply-to"] = spell(spec["replyTo"]) if spec["replyTo"]
  headers["priority"] = spec["priority"].to_s if spec["priority"]
  headers["persistent"] = spec["persistent"].to_s if spec.key?("persistent")
  headers
end

# One connection, its receipts and what came for its subscriptions.
class Link
  def initialize(command)
    url = URI(command["url"])
    beat = command["heartBeatMs"] || 0
    headers = { "accept-version" => "1.2", "host" => url.host, "heart-beat" => "#{beat},#{beat}" }
    headers["client-id"] = command["clientId"] if command["clientId"]
    @connection = Stomp::Connection.new(
      hosts: [{ login: url.user || "", passcode: url.password || "", host: url.host, port: url.port }],
      reliable: false, connect_headers: headers
    )
    @changed = Monitor.new
    @condition = @changed.new_cond
    @receipts = {}
    @inboxes = {}
    @failure = nil
    @count = 0
    @reader = Thread.new { listen }
  end

  def listen
    loop do
      message = @connection.receive
      @changed.synchronize do
        case message&.command
        when "MESSAGE" then @inboxes[message.headers["subscription"]] << message
        when "RECEIPT" then @receipts[message.headers["receipt-id"]] = true
        else @failure = message ? "#{message.command}: #{message.headers["message"]}" : "closed"
        end
        @condition.broadcast
      end
      break if @failure
    end
  rescue StandardError => e
    @changed.synchronize do
      @failure = e.message
      @condition.broadcast
    end
  end

  # Waits for the block to answer something; nil when the time is over.
  def wait(seconds)
    over = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    @changed.synchronize do
      until (found = yield)
        raise @failure if @failure
        left = over - Process.clock_gettime(Process::CLOCK_MONOTONIC)
        return nil if left <= 0
        @condition.wait(left)
      end
      found
    end
  end

  def name
    "n#{@count += 1}"
  end

  def confirmed
    receipt = name
    yield receipt
    wait(CONFIRM_SECONDS) { @receipts.delete(receipt) } or raise "no receipt #{receipt}"
  end

  def send(command)
    receipts = command["messages"].map do |spec|
      body = spec["body"]
      times = body["times"] || 1
      headers = headers_of(spec)
      headers["transaction"] = command["transaction"] if command["transaction"]
      headers["receipt"] = name
      headers["amq-msg-type"] = body.key?("text") ? "text" : "bytes"
      raw = body.key?("text") ? body["text"] * times : [body["hex"] * times].pack("H*")
      @connection.publish(spell(command["destination"]), raw, headers)
      headers["receipt"]
    end
    receipts.each do |receipt|
      wait(CONFIRM_SECONDS) { @receipts.delete(receipt) } or raise "no receipt #{receipt}"
    end
  end

  def subscribe(command)
    id = name
    @changed.synchronize { @inboxes[id] = [] }
    ack = command["acknowledge"]
    headers = { "ack" => ack == "individual" ? "client-individual" : ack }
    headers["activemq.subscriptionName"] = command["durable"] if command["durable"]
    headers["selector"] = command["selector"] if command["selector"]
    headers["browser"] = "true" if command["browse"]
    confirmed do |receipt|
      destination = spell(command["destination"])
      @connection.subscribe(destination, headers.merge("receipt" => receipt, "id" => id), id)
    end
    Subscription.new(self, @connection, @inboxes[id], id, command)
  end

  def begin(transaction)
    @connection.begin(transaction)
  end

  def end(transaction, commit)
    confirmed do |receipt|
      headers = { "receipt" => receipt }
      commit ? @connection.commit(transaction, headers) : @connection.abort(transaction, headers)
    end
  end

  def close
    @reader.kill
    @connection.disconnect
  end

  def drop
    @reader.kill
    # The library has no rude end of its own.
    @connection.instance_variable_get(:@socket).close
  end
end

# What came for one subscription, and what of it is not settled.
class Subscription
  def initialize(link, connection, inbox, id, command)
    @link, @connection, @inbox, @id, @command = link, connection, inbox, id, command
    @unsettled = []
  end

  def receive(count, seconds)
    over = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    came = []
    while came.size < count
      left = over - Process.clock_gettime(Process::CLOCK_MONOTONIC)
      message = @link.wait([left, 0].max) { @inbox.shift } or break
      break if message.headers["browser"] == "end"
      came << message
    end
    @unsettled += came
    came.map { |message| read(message) }
  end

  def acknowledge
    last = @unsettled.last
    @unsettled = []
    @link.confirmed { |receipt| @connection.ack(last.headers["ack"], "receipt" => receipt) }
  end

  def settle(at, outcome, transaction)
    ack = @unsettled.delete_at(at).headers["ack"]
    headers = transaction ? { "transaction" => transaction } : {}
    headers["requeue"] = "true" if outcome == "fail"
    @link.confirmed do |receipt|
      headers["receipt"] = receipt
      outcome == "accept" ? @connection.ack(ack, headers) : @connection.nack(ack, headers)
    end
  end

  def unsubscribe(forget)
    @link.confirmed do |receipt|
      headers = { "receipt" => receipt, "id" => @id }
      headers["activemq.subscriptionName"] = @command["durable"] if forget && @command["durable"]
      @connection.unsubscribe(spell(@command["destination"]), headers, @id)
    end
  end
end

def obey(command, links, subscriptions)
  link = links[command["connection"]]
  subscription = subscriptions[command["subscription"]]
  case command["op"]
  when "connect" then links[command["connection"]] = Link.new(command)
  when "send" then link.send(command)
  when "subscribe" then subscriptions[command["subscription"]] = link.subscribe(command)
  when "receive"
    return { messages: subscription.receive(command["count"], command["timeoutMs"] / 1000.0) }
  when "acknowledge" then subscription.acknowledge
  when "settle" then subscription.settle(*command.values_at("at", "outcome", "transaction"))
  when "unsubscribe" then subscription.unsubscribe(command["forget"])
  when "begin" then link.begin(command["transaction"])
  when "end" then link.end(command["transaction"], command["commit"])
  when "close", "drop" then links.delete(command["connection"]).public_send(command["op"])
  else raise "no such command: #{command["op"]}"
  end
  {}
end

# Whatever a library prints must not break the dialogue.
answers = $stdout.dup
answers.sync = true
$stdout.reopen($stderr)
answers.puts JSON.generate(client: "ruby-stomp", version: Stomp::Version::STRING)
links, subscriptions = {}, {}
$stdin.each_line do |line|
  answer = obey(JSON.parse(line), links, subscriptions).merge(ok: true)
rescue StandardError => e
  answer = { ok: false, error: "#{e.class}: #{e.message}" }
ensure
  answers.puts JSON.generate(answer)
end
exit!(0)
