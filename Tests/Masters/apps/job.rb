require 'sidekiq'
Sidekiq.configure_server { |config| config.redis = { url: ENV['REDIS_URL'] } }
class Job
  include Sidekiq::Worker
  def perform; end
end
