-- wrk script. MODE=get: GET with a pin at random within BOUNDS; MODE=post: file a case at a random pin.
local mode = os.getenv("BENCH_MODE")
local token = os.getenv("BENCH_TOKEN")
local west, south, east, north = string.match(os.getenv("BENCH_BOUNDS") or "0,0,1,1", "([^,]+),([^,]+),([^,]+),([^,]+)")
local failed = 0
local seen = ""

function init(args)
  math.randomseed(tonumber(os.getenv("BENCH_SEED") or "1"))
  if token ~= nil and token ~= "" then
    wrk.headers["Authorization"] = "Token " .. token
  end
  if mode == "post" then
    wrk.headers["Content-Type"] = "application/json"
  end
end

local function pin()
  return west + (east - west) * math.random(), south + (north - south) * math.random()
end

local function uuid()
  return (string.gsub("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "x", function()
    return string.format("%x", math.random(0, 15))
  end))
end

function request()
  local lon, lat = pin()
  if mode == "get" then
    return wrk.format("GET", string.format("%s?lon=%.7f&lat=%.7f", wrk.path, lon, lat))
  end
  local body = string.format(
    '{"client_id":"%s","text":"路面坑洼,请修补","category":"road","location":{"type":"Point","coordinates":[%.7f,%.7f]},"accuracy_m":8,"pin":"confirmed","channel":"patrol"}',
    uuid(), lon, lat)
  return wrk.format("POST", nil, nil, body)
end

function response(status, headers, body)
  if status < 200 or status > 299 then
    failed = failed + 1
    if failed == 1 then io.stderr:write(status, " ", string.sub(body, 1, 400), "\n") end
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"not_2xx":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
