/// What may be read of a process's environment: it may hold secrets, so everything else stays unread.
public enum EnvironmentKeys {
    public static let allowed: Set<String> = [
        // node:cluster and strong-supervisor
        "NODE_UNIQUE_ID", "NODE_CHANNEL_FD", "STRONGLOOP_CONTROL", "STRONGLOOP_CLUSTER",
        // PM2, fork mode; `pm2_env` is taken apart, see `pm2Members`
        "pm_id", "name", "namespace", "exec_mode", "NODE_APP_INSTANCE", "pm_pid_path", "pm_exec_path", "pm_cwd",
        "PM2_HOME",
        // supervisord and process-compose
        "SUPERVISOR_ENABLED", "SUPERVISOR_SERVER_URL", "SUPERVISOR_PROCESS_NAME", "SUPERVISOR_GROUP_NAME",
        "PC_PROC_NAME", "PC_REPLICA_NUM",
        // systemd, container engines, pods
        "INVOCATION_ID", "LISTEN_FDS", "container", "KUBERNETES_SERVICE_HOST", "HOSTNAME",
        // the Procfile family
        "PORT", "DYNO", "PS",
        // masters that replaced themselves
        "GUNICORN_PID", "UNICORN_FD", "UNICORN_WORKER",
        // what a person calls it, and where it was started
        "npm_package_name", "npm_lifecycle_event", "PWD", "SERVER_SOFTWARE",
    ]

    /// `pm2_env` is a whole JSON object. Only these members of it are kept, as `pm2_env.NAME`.
    public static let pm2Members: Set<String> = [
        "name", "pm_id", "NODE_APP_INSTANCE", "exec_mode", "pm_pid_path", "pm_exec_path", "pm_cwd", "namespace",
        "PM2_HOME", "PORT",
    ]

    /// Bytes of a value that are kept.
    public static let maximumValueBytes = 4096
}
