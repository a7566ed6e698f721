#!/bin/sh
# Every operation of the front door, once, with curl. Makes and ends its own people.
#   ROLEBRIDGE_URL=https://rolebridge.example.org ROLEBRIDGE_USER=ips ROLEBRIDGE_SECRET=… ./collection.sh
# SYSTEM names the system whose proxy API is called; CURL_OPTIONS goes to curl, for example --cacert ca.pem.
set -eu
: "${ROLEBRIDGE_URL:?the address of the front door}" "${ROLEBRIDGE_USER:?the name or user of the caller}" "${ROLEBRIDGE_SECRET:?its secret}"
system=${SYSTEM:-fieldglass}
name="sample-$$"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# call <what> <statuses that are right, with |> <method> <path> [<body> [<content type>]]: the answer is in $answer
call() {
  what=$1 right=$2 method=$3 path=$4 body=${5-} type=${6-application/scim+json}
  set -- -sS -o "$answer" -w '%{http_code}' -X "$method" -H "Authorization: Bearer $token"
  if [ -n "$body" ]; then set -- "$@" -H "Content-Type: $type" --data-binary "$body"; fi
  # shellcheck disable=SC2086 # several options
  status=$(curl ${CURL_OPTIONS-} "$@" "$ROLEBRIDGE_URL$path")
  case "|$right|" in
    *"|$status|"*) echo "ok   $status  $what" ;;
    *) echo "NOT  $status  $what; expected $right"; cat "$answer"; exit 1 ;;
  esac
}

# value <name>: the first text with this name in the answer
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$answer" | head -1; }

# The token of an hour's work, with name and secret. The secret itself works too, as basic authentication.
# shellcheck disable=SC2086
curl ${CURL_OPTIONS-} -sS -o "$answer" -u "$ROLEBRIDGE_USER:$ROLEBRIDGE_SECRET" -d grant_type=client_credentials "$ROLEBRIDGE_URL/oauth2/token"
token=$(value access_token)
[ -n "$token" ] || { echo 'NOT  no token'; cat "$answer"; exit 1; }
echo 'ok   200  a token'

# SCIM 2.0
user="{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"$name\",\"name\":{\"familyName\":\"Sample\",\"givenName\":\"Sam\"},\"active\":true,\"emails\":[{\"value\":\"$name@example.org\",\"primary\":true}]}"
call 'what is served' 200 GET /scim/v2/ServiceProviderConfig
call 'the types of resources' 200 GET /scim/v2/ResourceTypes
call 'the schemas' 200 GET /scim/v2/Schemas
call 'create a user' 201 POST /scim/v2/Users "$user"
id=$(sed -n 's/.*"id":"\([0-9a-f-]\{36\}\)".*/\1/p' "$answer" | head -1)
call 'create it again: a conflict' 409 POST /scim/v2/Users "$user"
call 'find a user' 200 GET "/scim/v2/Users?filter=userName%20eq%20%22$name%22"
call 'find users by a body' 200 POST /scim/v2/Users/.search "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"filter\":\"userName eq \\\"$name\\\"\"}"
call 'list users' 200 GET '/scim/v2/Users?startIndex=1&count=10&attributes=userName'
call 'read a user' 200 GET "/scim/v2/Users/$id"
call 'replace a user' 200 PUT "/scim/v2/Users/$id" "$user"
call 'change a user' '200|204' PATCH "/scim/v2/Users/$id" '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Dr"}]}'
call 'create a group' 201 POST /scim/v2/Groups "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"$name\"}"
group=$(sed -n 's/.*"id":"\([0-9a-f-]\{36\}\)".*/\1/p' "$answer" | head -1)
call 'add a member' '200|204' PATCH "/scim/v2/Groups/$group" "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"$id\"}]}]}"
call 'read a group' 200 GET "/scim/v2/Groups/$group"
call 'list groups' 200 GET /scim/v2/Groups
call 'replace a group' 200 PUT "/scim/v2/Groups/$group" "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"$name\"}"
call 'end a group' 204 DELETE "/scim/v2/Groups/$group"
call 'several changes at once' 200 POST /scim/v2/Bulk "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:BulkRequest\"],\"Operations\":[{\"method\":\"PATCH\",\"path\":\"/Users/$id\",\"data\":{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}}]}"
call 'end a user' 204 DELETE "/scim/v2/Users/$id"

# The proxy API of one system; 501 while that system cannot be read
call 'users of a system' '200|501' GET "/ipsproxy/service/api/v1/scim/$system/Users?startIndex=1&count=25"
call 'groups of a system' '200|501' GET "/ipsproxy/service/api/v1/scim/$system/Groups"

# Change events (CloudEvents 1.0)
event() { printf '{"specversion":"1.0","id":"%s-%s","source":"/samples/curl","type":"io.rolebridge.idm.user-change.v1","data":{"operation":"%s","recordId":"%s"%s}}' "$name" "$1" "$2" "$name-event" "${3-}"; }
structured=application/cloudevents+json
call 'an event: create' 204 POST /events "$(event 1 create ",\"user\":{\"userName\":\"$name-event\",\"name\":{\"familyName\":\"Sample\"}}")" $structured
call 'the same event again' 204 POST /events "$(event 1 create ",\"user\":{\"userName\":\"$name-event\",\"name\":{\"familyName\":\"Sample\"}}")" $structured
call 'an event: replace' 204 POST /events "$(event 2 replace ",\"user\":{\"userName\":\"$name-event\",\"title\":\"Dr\"}")" $structured
call 'an event: patch' 204 POST /events "$(event 3 patch ',"patch":[{"op":"replace","path":"title","value":"Prof"}]')" $structured
call 'an event: lock' 204 POST /events "$(event 4 lock)" $structured
call 'a batch of events' 200 POST /events "[$(event 5 unlock),$(event 6 delete)]" application/cloudevents-batch+json
call 'an event nobody knows' 400 POST /events "$(event 7 explode)" $structured

# The two old paths
for path in /ips/cod/employeeips /IDM_IPS/Fieldglass_EmployeeReplication; do
  call "old path $path: create" 201 POST "$path" "{\"userName\":\"$name-old\",\"name\":{\"familyName\":\"Sample\"}}"
  call "old path $path: change" 201 PUT "$path/$name-old" "{\"userName\":\"$name-old\",\"title\":\"Dr\"}"
  call "old path $path: end" 204 DELETE "$path/$name-old"
done

# Documents for machines
call 'the OpenAPI document' 200 GET /openapi.json
call 'the AsyncAPI document' 200 GET /asyncapi.json
