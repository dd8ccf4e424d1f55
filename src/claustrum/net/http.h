// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over TCP or Unix sockets: a bounded server and a client, both blocking with deadlines.
// Parsing is Boost.Beast's, in http.cpp only; sockets are plain poll(2), so that every read and
// write has a deadline and stop() always returns. One thread a connection, a bounded number of
// them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::net {

// "http://127.0.0.1:8080" or "unix:/run/x.sock". Other schemes: unsupported "net.endpoint".
struct Endpoint {
  enum class Kind { kTcp, kUnix };
  Kind kind = Kind::kTcp;
  std::string host;  // literal IPv4/IPv6 address or host name
  std::uint16_t port = 0;
  std::string path;  // Unix socket path

  static Result<Endpoint> parse(std::string_view url);
  bool is_loopback() const;  // 127.0.0.0/8, ::1, "localhost", or a Unix socket
  std::string text() const;
};

struct HeaderField {
  std::string name;
  std::string value;
};

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<HeaderField> fields) : fields_(fields) {}
  // First value of a field, compared without case; nullopt when absent.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value);
  const std::vector<HeaderField>& list() const { return fields_; }

 private:
  std::vector<HeaderField> fields_;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  // path and query as sent
  Headers headers;
  Bytes body;
  std::string_view path() const;   // target up to '?'
  std::string_view query() const;  // after '?', or empty
};

struct Response {
  int status = 200;
  Headers headers;
  Bytes body;
};

// How a handler answers. Either respond() once, or start() then write()* then finish().
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  virtual Status respond(const Response& response) = 0;
  // Chunked transfer; headers are sent at once.
  virtual Status start(int status, const Headers& headers) = 0;
  // One chunk, sent at once. unavailable "net.peer_gone" when the peer closed.
  virtual Status write(BytesView chunk) = 0;
  virtual Status finish() = 0;
  // True when the peer closed its side (polled without blocking).
  virtual bool peer_gone() = 0;
};

// Called on the connection's thread. Not answering closes the connection.
using Handler = std::function<void(const Request&, ResponseWriter&)>;

// How many bytes of body a request may have, judged by its head before any of the body is read; or
// the answer it gets without one. A stranger's bytes must not pile up for a path that takes none.
using Admission = std::variant<std::size_t, Response>;
using Admit = std::function<Admission(const Request& head)>;

struct ServerOptions {
  Endpoint endpoint;  // port 0: any free port
  int unix_mode = 0600;
  // Beyond: the connection that is longest without a whole request makes room; where all are being
  // answered, 503 with Retry-After.
  std::size_t max_connections = 256;
  std::size_t max_header_bytes = 32 * 1024;
  std::size_t max_body_bytes = 8 * 1024 * 1024;      // beyond: 413; `admit` can only lower it
  std::size_t max_pending_bytes = 64 * 1024 * 1024;  // bodies of all connections; beyond: 503
  Admit admit;                                       // empty: max_body_bytes for everything
  int header_timeout_ms = 10'000;  // from connect or last answer to complete headers
  int body_timeout_ms = 60'000;
  int write_timeout_ms = 60'000;
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler);
  ~Server();                  // stop()
  Endpoint endpoint() const;  // with the port that was bound
  // Stops accepting, shuts down open connections, joins every thread.
  void stop();

  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

struct ClientOptions {
  int connect_timeout_ms = 10'000;
  int idle_timeout_ms = 120'000;  // longest wait for the next byte
  std::size_t max_header_bytes = 64 * 1024;
  std::size_t max_body_bytes = 64 * 1024 * 1024;
  // Asked before each wait for the answer and every 100 ms during it, on the waiting thread; true
  // gives up with unavailable "net.cancelled". Guards against work done for somebody who left.
  std::function<bool()> cancelled;
};

// An answer whose body is read as it arrives.
class IncomingResponse {
 public:
  int status() const;
  const Headers& headers() const;
  // Next piece of the body as it arrived; nullopt at its proper end. A body cut before its end
  // (missing last chunk, short length) is unavailable "net.truncated".
  Result<std::optional<Bytes>> read();

  ~IncomingResponse();
  IncomingResponse(IncomingResponse&&) noexcept;
  IncomingResponse& operator=(IncomingResponse&&) noexcept;
  struct Impl;
  explicit IncomingResponse(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

// One request a connection (Connection: close); simple and free of pooling surprises.
Result<IncomingResponse> send_streaming(const Endpoint& to, const Request& request,
                                        const ClientOptions& options = {});
Result<Response> send(const Endpoint& to, const Request& request,
                      const ClientOptions& options = {});

}  // namespace claustrum::net
