-- Calls the paths of a file in random order; what follows the path is the same for all.
-- BENCH_METHOD, BENCH_PATHS and BENCH_TAIL say which; see benchmarks/load.py.

local requests = {}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init(args)
  math.randomseed(1)
  local tail = read(os.getenv("BENCH_TAIL"))
  for path in read(os.getenv("BENCH_PATHS")):gmatch("[^\n]+") do
    requests[#requests + 1] = os.getenv("BENCH_METHOD") .. " " .. path .. tail
  end
end

function request()
  return requests[math.random(#requests)]
end

function done(summary, latency, each)
  local failed = summary.errors
  io.write(string.format(
    'FIGURES {"requests": %d, "seconds": %f, "errors": ' ..
    '{"status": %d, "connect": %d, "read": %d, "write": %d, "timeout": %d}}\n',
    summary.requests, summary.duration / 1e6,
    failed.status, failed.connect, failed.read, failed.write, failed.timeout))
end
