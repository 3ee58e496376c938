# SPDX-License-Identifier: MIT
# Sidekiq. Worker: sidekiq -r ./sidekiq_app.rb; producer: ruby sidekiq_app.rb enqueue|produce
# BENCH_RELIABLE=1: GitLab's reliable fetcher (RPOPLPUSH + LREM) instead of BRPOP.
require 'sidekiq'
require 'net/http'

N = (ENV['BENCH_N'] || 20000).to_i
RATE = (ENV['BENCH_RATE'] || 200).to_f
SECS = (ENV['BENCH_SECS'] || 10).to_f
URL = ENV['BENCH_URL'].to_s
OUT = ENV['BENCH_OUT'].to_s
REDIS = { url: ENV['BENCH_TRANSPORT'] == 'tcp' ? "redis://127.0.0.1:#{ENV['BENCH_PORT']}/0" : "unix://#{ENV['BENCH_SOCK']}" }

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)

module Rec
  Q = Thread::Queue.new
  def self.start
    f = File.open(ENV['BENCH_EVENTS'], 'ab')
    f.sync = true
    Thread.new do
      loop do
        s = +''
        s << Q.pop.pack('E3')
        s << Q.pop.pack('E3') until Q.empty?
        f.write(s)
        sleep 0.005
      end
    end
  end
end

# A job is complete when its unit of work was acknowledged (for plain Sidekiq
# that is a no-op after perform; for the reliable fetcher an LREM).
module AckRec
  def acknowledge
    super
    if (b = Thread.current[:bench])
      Rec::Q << [b[0], b[1], now]
      Thread.current[:bench] = nil
    end
  end
end

class BenchJob
  include Sidekiq::Worker
  sidekiq_options retry: false

  def perform(id, t0, url = nil)
    if url
      u = URI(url)
      http = Thread.current[:http] ||= Net::HTTP.start(u.host, u.port).tap { |h| h.keep_alive_timeout = 60 }
      r = http.request_get(u.path)
      raise "status #{r.code}" unless r.code == '200'
      File.binwrite(File.join(OUT, id.to_s), r.body)
    end
    Thread.current[:bench] = [id, t0]
  end
end

Sidekiq.configure_client { |c| c.redis = REDIS }
Sidekiq.configure_server do |c|
  c.redis = REDIS
  Sidekiq.logger.level = Logger::ERROR
  if ENV['BENCH_RELIABLE'] == '1'
    require 'sidekiq-reliable-fetch'
    c.options[:semi_reliable_fetch] = false
    Sidekiq::ReliableFetch.setup_reliable_fetch!(c)
    Sidekiq::BaseReliableFetch::UnitOfWork.prepend(AckRec)
  else
    Sidekiq::BasicFetch::UnitOfWork.prepend(AckRec)
  end
  Rec.start
end

if $PROGRAM_NAME == __FILE__
  args = ->(i) { URL.empty? ? [i, now] : [i, now, URL] }
  case ARGV[0]
  when 'enqueue'
    t = now
    (0...N).each_slice(1000) { |ids| Sidekiq::Client.push_bulk('class' => BenchJob, 'args' => ids.map { |i| args.(i) }) }
    puts format('{"n":%d,"enqueue_s":%.6f}', N, (now - t) / 1e9)
  when 'produce'
    20.times { |i| BenchJob.perform_async(*args.(1_000_000_000 + i)); sleep 0.01 }
    sleep 0.5
    s = now
    (RATE * SECS).to_i.times do |i|
      w = s / 1e9 + i / RATE - now / 1e9
      sleep w if w > 0
      BenchJob.perform_async(*args.(i))
    end
  else
    abort 'usage: enqueue|produce'
  end
end
