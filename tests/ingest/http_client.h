#pragma once

#include <map>
#include <string>

namespace playhead::ingest {

struct HttpAnswer {
  int status = 0;  // 0: the connection ended
  std::map<std::string, std::string> headers;
  std::string body;
};

// A connection to a server on this machine that sends bytes as they are. A read that takes 20 s
// ends the connection.
class HttpClient {
 public:
  explicit HttpClient(int port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // False: the server has closed the connection.
  bool Send(const std::string& bytes);
  // `has_body`: false for answers to HEAD.
  HttpAnswer Read(bool has_body = true);
  HttpAnswer Ask(const std::string& bytes);
  // Whether the server closes the connection without sending anything more.
  bool IsClosed();

 private:
  bool Fill();

  int socket_ = -1;
  std::string received_;
};

// `POST <target>` with a body and its length.
std::string Post(const std::string& target, const std::string& body,
                 const std::string& type = "application/json");
std::string Get(const std::string& target);

}  // namespace playhead::ingest
