#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace playhead::testing {

// A TCP proxy on 127.0.0.1 in front of a PostgreSQL server that can lose a COMMIT or the answer to
// it. Follows the protocol far enough to see COMMIT (as a simple query) and its completion. Without
// TLS.
class PgProxy {
 public:
  enum class Cut {
    kNone,
    kBeforeCommit,  // the connection ends before the server sees COMMIT
    kAfterCommit,   // the server has committed, and the connection ends before the client hears of
                    // it
  };

  // `host`: a folder of a unix socket, or an IPv4 address.
  PgProxy(std::string host, std::string port);
  ~PgProxy();

  int port() const { return port_; }
  // Cuts at the next COMMIT, once.
  void CutNextCommit(Cut cut) { cut_ = cut; }
  // How many were cut.
  int cut_count() const { return cut_count_; }

 private:
  void Accept();
  void Serve(int client);
  int ConnectToServer() const;

  const std::string host_;
  const std::string server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<Cut> cut_{Cut::kNone};
  std::atomic<int> cut_count_{0};
  std::mutex mutex_;
  std::vector<std::thread> threads_;  // guarded by mutex_
  std::thread acceptor_;
};

}  // namespace playhead::testing
