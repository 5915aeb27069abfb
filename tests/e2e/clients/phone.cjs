// Says through Segment's client for Node what it is told: {url, key, calls: [[call, message], …]}, as JSON in argv.
const { Analytics } = require('@segment/analytics-node')

const { url, key, calls } = JSON.parse(process.argv[2])
const analytics = new Analytics({ writeKey: key, host: url, path: '/v1/batch' })
analytics.on('error', (error) => {
  console.error(error)
  process.exitCode = 1
})
for (const [call, message] of calls) analytics[call](message)
analytics.closeAndFlush({ timeout: 20000 })
