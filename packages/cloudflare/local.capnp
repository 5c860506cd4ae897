# The Worker of this package in a workerd of this machine, as `startLocalWorker` starts it. What differs from one to the next comes from the
# environment, so that nothing has to be written anywhere.
using Workerd = import "/workerd/workerd.capnp";

# Connections live in Durable Objects.
const connected :Workerd.Config = (
  services = [(name = "worker", worker = .connectedWorker), (name = "nowhere", network = (allow = []))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);

# Connections end with their sockets.
const plain :Workerd.Config = (
  services = [(name = "worker", worker = .plainWorker), (name = "nowhere", network = (allow = []))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);

const connectedWorker :Workerd.Worker = (
  modules = .modules,
  compatibilityDate = "2026-11-01",
  globalOutbound = "nowhere",
  durableObjectNamespaces = [(className = "IsomuxConnections", uniqueKey = "isomux-connections", enableSql = true)],
  durableObjectStorage = (inMemory = void),
  bindings = [
    (name = "LOADER", workerLoader = (id = "guests")),
    (name = "CONNECTIONS", durableObjectNamespace = "IsomuxConnections"),
    (name = "ENGINE", fromEnvironment = "ISOMUX_ENGINE"),
    (name = "EXECUTOR_TOKEN", fromEnvironment = "ISOMUX_TOKEN"),
    (name = "ALLOW_ANONYMOUS", fromEnvironment = "ISOMUX_ALLOW_ANONYMOUS"),
  ],
);

const plainWorker :Workerd.Worker = (
  modules = .modules,
  compatibilityDate = "2026-11-01",
  globalOutbound = "nowhere",
  durableObjectNamespaces = [(className = "IsomuxConnections", uniqueKey = "isomux-connections", enableSql = true)],
  durableObjectStorage = (inMemory = void),
  bindings = [
    (name = "LOADER", workerLoader = (id = "guests")),
    (name = "ENGINE", fromEnvironment = "ISOMUX_ENGINE"),
    (name = "EXECUTOR_TOKEN", fromEnvironment = "ISOMUX_TOKEN"),
    (name = "ALLOW_ANONYMOUS", fromEnvironment = "ISOMUX_ALLOW_ANONYMOUS"),
  ],
);

const modules :List(Workerd.Worker.Module) = [
  (name = "worker-bundle.js", esModule = embed "dist/worker-bundle.js"),
  (name = "quickjs.wasm", wasm = embed "dist/quickjs.wasm"),
];
