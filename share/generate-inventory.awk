# SPDX-License-Identifier: MIT
#
# The records of generate-inventory. Plain POSIX awk; variables given: count, seed, faults.
#
# Same bytes everywhere: the random numbers are our own (Lehmer's generator with multiplier 48271 and modulus
# 2^31 - 1, whose products stay below 2^53 and so are exact in any awk), no number above 2^31 is ever turned
# into text, and the caller has set the C locale. Record N depends on the seed and the records before it only.
#
# JSON is written with ' for ", and turned round once for each record; no text in here holds a ' of its own.

BEGIN {
    set_up_random()
    set_up_words()
    set_up_faults()
    set_up_types()
    for (number = 1; number <= count; number++)
        print record(TYPE[pick(type_slots)])
    exit 0
}

# ---------------------------------------------------------------------------------------------- random numbers

function set_up_random(  i) {
    state = seed
    serial = seed
    for (i = 0; i < 4096; i++)
        HEX[i] = sprintf("%03x", i)
    for (i = 0; i < 16; i++) # small seeds give small first numbers
        draw()
}

function draw() {
    return state = (state * 48271) % 2147483647
}

# 0 to n - 1
function pick(n) {
    return draw() % n
}

function one_in(n) {
    return draw() % n == 0
}

# Low bits first: the divisor is a power of two, so int() is exact.
function hex6(  x) {
    x = draw()
    return HEX[x % 4096] HEX[int(x / 4096) % 4096]
}

# Eight digits that no other record of the same inventory has: a step that is odd, modulo 2^31.
function unique_hex(  x) {
    serial = (serial + 1640531527) % 2147483648
    x = serial
    return HEX[x % 4096] HEX[int(x / 4096) % 4096] substr(HEX[int(x / 16777216)], 2)
}

function uuid(  a, b, c, d) {
    a = hex6()
    b = hex6()
    c = hex6()
    d = hex6()
    return unique_hex() "-" substr(a, 1, 4) "-4" substr(b, 1, 3) "-a" substr(b, 4) "-" c d
}

function id32() {
    return unique_hex() hex6() hex6() hex6() hex6()
}

# -------------------------------------------------------------------------------------------------------- words

function set_up_words() {
    split("cn-north-4 cn-east-3 ap-southeast-1 eu-west-101", REGION, " ")
    regions = 4
    envs = split("prod prod prod prod stage test dev dev", ENV, " ")
    teams = split("payments web search data platform mobile billing logistics", TEAM, " ")
    apps = split("checkout catalog session ledger report ingest gateway profile invoice tracking", APP, " ")
    foreign = split("größe données 網站 报表 заказы café-api наука 데이터 ñandú søk", FOREIGN, " ")
    months = split("2023-11 2024-02 2024-05 2024-09 2024-12 2025-03 2025-06 2025-10 2026-01 2026-04 2026-07", MONTH, " ")
    split("Ubuntu 22.04|Ubuntu 24.04|Debian 12|openEuler 22.03|Windows Server 2022", OS, "|")
    split("CentOS 7|Ubuntu 18.04|Debian 10|Windows Server 2012", OLD_OS, "|")

    # First-boot scripts: one that enrols the server, one that does not, one with a password, one with a key.
    script_head = "IyEvYmluL3NoCmluc3RhbGwtaG9zdC1hZ2VudCAtLXJlZ2lvbiBhdXRvCmluc3RhbGwtbG9nLWFnZW50IC0tZ3JvdXAgc2VydmVyc" \
        "wpzeXN0ZW1jdGwgZW5hYmxlIC0tbm93IGNocm9ueQ"
    script_good = script_head "o="
    script_bare = "IyEvYmluL3NoCmhvc3RuYW1lY3RsIHNldC1ob3N0bmFtZSBhcHAK"
    script_password = script_head "phcHAtc2V0dXAgLS11c2VyPWFwcCAtLXBhc3N3b3JkPWV4YW1wbGUK"
    script_key = script_head "pjYXQgPi9yb290Ly5zc2gvaWQgPDxFTkQKLS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZLS0tLS0K"
}

function text_or_null(condition, text) {
    return condition ? "'" text "'" : "null"
}

function yes_no(condition) {
    return condition ? "true" : "false"
}

# JSON inside a JSON string.
function nested(json,  parts, n, i, out) {
    n = split(json, parts, "'")
    out = parts[1]
    for (i = 2; i <= n; i++)
        out = out "\\\"" parts[i]
    return "'" out "'"
}

# ------------------------------------------------------------------------------------------------------- faults

# How many resources in a million break a rule. Those with a rate of their own make the violations of the
# well-kept account; every other rule is broken by 1 resource in 20,000, so that a large inventory has them all.
function set_up_faults() {
    RATE["iam-console-user-mfa"] = 90000
    RATE["iam-access-key-age"] = 180000
    RATE["sg-no-public-admin-ports"] = 90000
    RATE["ecs-no-floating-ip"] = 50000
    RATE["eip-in-use"] = 140000
    RATE["vpc-flow-log"] = 200000
    RATE["ecs-supported-os"] = 80000
    RATE["ecs-no-critical-vulnerability"] = 70000
    RATE["ims-image-age"] = 200000
    RATE["cce-supported-version"] = 200000
    RATE["obs-tls-only"] = 150000
    RATE["obs-access-log"] = 150000
    RATE["evs-encrypted"] = 60000
    RATE["evs-attached"] = 120000
    RATE["kms-rotation"] = 180000
    RATE["scm-not-expiring"] = 200000
    RATE["elb-listener-tls-policy"] = 170000
    RATE["ecs-prod-backup"] = 110000
    RATE["tags-owner"] = 60000
}

function fault(rule,  rate) {
    rate = (rule in RATE) ? RATE[rule] : 50
    if (faults == "many" && rate < 200000)
        rate = 200000
    return draw() % 1000000 < rate
}

# ------------------------------------------------------------------------------------------------------ records

function set_up_types() {
    add_type("iam.users", 80)
    add_type("iam.policies", 25)
    add_type("iam.agencies", 20)
    add_type("ecs.cloudservers", 130)
    add_type("evs.volumes", 110)
    add_type("ims.images", 25)
    add_type("vpc.vpcs", 30)
    add_type("vpc.securityGroups", 60)
    add_type("vpc.publicips", 45)
    add_type("nat.natGateways", 15)
    add_type("elb.loadbalancers", 35)
    add_type("elb.listeners", 45)
    add_type("waf.policy", 12)
    add_type("cce.clusters", 25)
    add_type("swr.repositories", 25)
    add_type("obs.buckets", 60)
    add_type("sfsturbo.shares", 12)
    add_type("rds.instances", 50)
    add_type("dds.instances", 20)
    add_type("dcs.redis", 30)
    add_type("css.clusters", 12)
    add_type("kms.keys", 35)
    add_type("csms.secrets", 25)
    add_type("scm.certificates", 20)
    add_type("cts.trackers", 12)
    add_type("lts.groups", 20)
    add_type("smn.topic", 15)
    add_type("ces.alarms", 20)
    add_type("cbr.vault", 25)
}

function add_type(type, weight) {
    while (weight-- > 0)
        TYPE[type_slots++] = type
}

# Fills the globals that the configurations read: env, team, app, region, id, name.
function record(type,  tags, project, configuration, line) {
    env = ENV[1 + pick(envs)]
    team = TEAM[1 + pick(teams)]
    app = APP[1 + pick(apps)]
    region = REGION[1 + pick(regions)]
    name = (one_in(12) ? FOREIGN[1 + pick(foreign)] : app) "-" env "-" HEX[pick(4096)]
    id = ""
    extra_tags = ""
    configuration = configure(type)
    if (id == "")
        id = uuid()
    if (fault("region-approved"))
        region = "sa-brazil-1"
    if (type ~ /^iam\./)
        region = "global"
    project = fault("project-assigned") ? "0" : "ep-" team
    if (fault("tags-environment"))
        env = "production"
    tags = "'env':'" env "','team':'" team "'"
    if (!fault("tags-owner"))
        tags = tags ",'owner':'" team "@example.com','cost-center':'CC-" (1000 + pick(9000)) "'"
    line = "{'resourceType':'" type "','resourceId':'" id "','resourceName':'" name "','regionId':'" region \
        "','availabilityZone':'" zone() "','accountId':'100000000000001','resourceGroupId':'" project \
        "','resourceStatus':'Normal','resourceCreateTime':'" day() "','captureTime':'2026-11-21T02:00:00Z','etag':'" \
        hex6() hex6() hex6() hex6() hex6() hex6() hex6() hex6() "','tags':{" tags extra_tags \
        "},'configuration':" configuration "}"
    gsub(/'/, "\"", line)
    return line
}

function zone() {
    return region == "global" ? "" : region substr("abc", 1 + pick(3), 1)
}

function day() {
    return MONTH[1 + pick(months)] "-" (10 + pick(19)) "T" (10 + pick(10)) ":" (10 + pick(50)) ":" (10 + pick(50)) "Z"
}

function configure(type) {
    if (type == "ecs.cloudservers") return server()
    if (type == "evs.volumes") return volume()
    if (type == "iam.users") return user()
    if (type == "vpc.securityGroups") return security_group()
    if (type == "obs.buckets") return bucket()
    if (type == "rds.instances") return database()
    if (type == "vpc.publicips") return public_address()
    if (type == "elb.listeners") return listener()
    if (type == "elb.loadbalancers") return load_balancer()
    if (type == "kms.keys") return key()
    if (type == "vpc.vpcs") return network()
    if (type == "dcs.redis") return cache()
    if (type == "iam.policies") return policy()
    if (type == "iam.agencies") return agency()
    if (type == "ims.images") return image()
    if (type == "cce.clusters") return cluster()
    if (type == "swr.repositories") return repository()
    if (type == "csms.secrets") return secret()
    if (type == "cbr.vault") return vault()
    if (type == "dds.instances") return document_database()
    if (type == "scm.certificates") return certificate()
    if (type == "lts.groups") return log_group()
    if (type == "ces.alarms") return alarm()
    if (type == "smn.topic") return topic()
    if (type == "nat.natGateways") return nat_gateway()
    if (type == "waf.policy") return firewall_policy()
    if (type == "sfsturbo.shares") return file_system()
    if (type == "css.clusters") return search_cluster()
    return tracker()
}

# ----------------------------------------------------------------------------------------------------- identity

function user(  console, keys, old, mfa, direct, idle) {
    id = id32()
    region = "global"
    console = !one_in(3)
    old = fault("iam-access-key-age")
    if (fault("iam-user-one-kind-of-access")) {
        console = 1
        old = 0
        keys = access_key(20)
    } else if (!console || old) {
        console = 0
        keys = access_key(old ? 91 + pick(400) : 1 + pick(89))
    }
    if (fault("iam-single-access-key")) {
        console = 0
        keys = access_key(50) "," access_key(3)
    }
    mfa = console && !fault("iam-console-user-mfa")
    direct = fault("iam-user-no-direct-grant")
    idle = fault("iam-user-inactive") ? 91 + pick(500) : pick(90)
    if (one_in(60)) # has never signed in
        idle = "null"
    if (one_in(50))
        extra_tags = ",'purpose':'break-glass'"
    return "{'name':'" name "','status':'" (one_in(15) ? "disabled" : "enabled") "','consoleAccess':" yes_no(console) \
        ",'mfaDevices':[" (mfa ? "{'type':'virtual','status':'enabled','boundAt':'" day() "'}" : "") \
        "],'daysSinceLastSignIn':" idle ",'accessKeys':[" keys "],'groups':[" \
        (fault("iam-user-in-group") ? "" : "{'id':'" id32() "','name':'" team "-engineers'}") \
        "],'directPolicies':[" (direct ? "'" team "-temporary'" : "") \
        "],'accessControl':{'allowedCidrs':['" (fault("iam-user-source-network") ? "0.0.0.0/0" : "203.0.113.0/24") \
        "','198.51.100.0/25']},'passwordAgeDays':" pick(180) ",'domainId':'d0a1000000000000000000000000000a'}"
}

function access_key(age) {
    return "{'accessKeyId':'EXAMPLE" hex6() hex6() "','status':'active','ageDays':" age ",'lastUsedService':'obs'}"
}

function policy(  actions) {
    id = id32()
    region = "global"
    actions = "'obs:bucket:ListBucket','obs:object:GetObject','ecs:cloudServers:list'"
    if (fault("iam-policy-no-full-admin"))
        actions = "'*:*:*'"
    if (fault("iam-policy-no-service-wildcard"))
        actions = actions ",'" (one_in(2) ? "ecs" : "rds") ":*:*'"
    return "{'name':'" name "','type':'custom','description':'Access of the " team " team','policy':" \
        nested("{'Version':'1.1','Statement':[{'Effect':'Allow','Action':[" actions "]}," \
        "{'Effect':'Deny','Action':['iam:users:deleteUser','kms:cmk:scheduleDeletion'],'Condition':{'StringNotEquals':{'g:UserName':['admin']}}}]}") \
        ",'attachedGroups':[{'id':'" id32() "','name':'" team "-engineers'}],'references':" (1 + pick(9)) "}"
}

function agency(  service, open, stranger) {
    id = id32()
    region = "global"
    open = fault("iam-agency-duration")
    stranger = fault("iam-agency-known-account")
    service = !open && !stranger && one_in(2)
    return "{'name':'" name "','trustType':'" (service ? "service" : "account") "','trustDomainId':" \
        (service ? "null" : "'" (stranger ? "d0a1000000000000000000000000ffff" : "d0a1000000000000000000000000000b") "'") \
        ",'trustService':" text_or_null(service, "op_svc_ecs") ",'duration':'" (open || service ? "FOREVER" : "ONEDAY") \
        "','expireTime':" text_or_null(!open && !service, "2026-12-31T00:00:00Z") \
        ",'policies':[{'name':'" team "-read','scope':'project'},{'name':'log-write','scope':'domain'}],'description':'For " app "'}"
}

# ------------------------------------------------------------------------------------------------------ network

function network(  links) {
    links = fault("vpc-peering-known-account") ? "'999999999999999'" : (one_in(3) ? "'100000000000002'" : "")
    if (links != "")
        links = "{'peeringId':'" uuid() "','peerAccountId':" links ",'status':'ACTIVE'}"
    return "{'cidr':'10." pick(200) ".0.0/16','status':'OK','enterprise_project_id':'0','subnets':[{'id':'" uuid() \
        "','cidr':'10.0.1.0/24','dhcp_enable':true},{'id':'" uuid() "','cidr':'10.0.2.0/24','dhcp_enable':true}],'flowLogs':[" \
        (fault("vpc-flow-log") ? (one_in(2) ? "" : flow_log("DOWN")) : flow_log("ACTIVE")) "],'peerings':[" links "]}"
}

function flow_log(status) {
    return "{'id':'" uuid() "','traffic_type':'all','status':'" status "','log_group_id':'" id32() "'}"
}

function security_group(  ports, rules, closed) {
    ports = "'tcp/443'"
    if (one_in(2))
        ports = ports ",'tcp/80'"
    if (fault("sg-no-public-admin-ports"))
        ports = ports (one_in(3) ? ",'tcp/3389'" : ",'tcp/22'")
    if (fault("sg-no-public-data-ports"))
        ports = ports (one_in(2) ? ",'tcp/3306'" : ",'tcp/6379'")
    if (fault("sg-no-public-any-port"))
        ports = ports ",'all'"
    rules = sg_rule("ingress", "443", "'0.0.0.0/0'") "," sg_rule("ingress", "8080", "'10.0.0.0/8'") "," \
        sg_rule("egress", "0", "'0.0.0.0/0'")
    if (one_in(10)) {
        name = "default"
        closed = !fault("sg-default-closed")
        if (closed)
            rules = ports = ""
    }
    return "{'name':'" name "','description':'" team " " app "','security_group_rules':[" rules \
        "],'publicIngressPorts':[" ports "]}"
}

function sg_rule(direction, port, prefix) {
    return "{'id':'" uuid() "','direction':'" direction "','ethertype':'IPv4','protocol':'tcp','port_range_min':" port \
        ",'port_range_max':" port ",'remote_ip_prefix':" prefix "}"
}

function public_address(  idle) {
    idle = fault("eip-in-use")
    return "{'publicIpAddress':'203.0.113." (1 + pick(254)) "','type':'5_bgp','status':'" (idle ? "DOWN" : "ACTIVE") \
        "','portId':" text_or_null(!idle, uuid()) ",'bandwidth':{'id':'" uuid() "','size':'" \
        (fault("eip-bandwidth-cap") ? 500 + 100 * pick(5) : 5 * (1 + pick(60))) \
        "','shareType':'PER','chargeMode':'traffic'},'associateInstanceType':" \
        text_or_null(!idle, one_in(2) ? "ELB" : "NATGW") ",'ipVersion':4,'enterpriseProjectId':'0','alias':'" app "'}"
}

function nat_gateway(  open, rules) {
    open = fault("nat-publishes-web-only")
    if (open || one_in(3))
        rules = dnat_rule(443) "," dnat_rule(80) (open ? "," dnat_rule(8022) : "")
    return "{'spec':'" (1 + pick(4)) "','status':'ACTIVE','routerId':'" uuid() "','internalNetworkId':'" uuid() \
        "','snatRules':[{'id':'" uuid() "','cidr':'10.0.1.0/24','floatingIpAddress':'203.0.113.7'}],'dnatRules':[" rules "]}"
}

function dnat_rule(port) {
    return "{'id':'" uuid() "','externalServicePort':" port ",'internalServicePort':" port ",'protocol':'tcp','status':'ACTIVE'}"
}

function load_balancer(  public, waf, logged, zones) {
    waf = !fault("elb-public-behind-waf")
    public = !waf || one_in(2)
    logged = !fault("elb-access-log")
    zones = "'" region "a'" (fault("elb-two-zones") ? "" : ",'" region "b'")
    return "{'description':'Entrance of " app "','provisioning_status':'ACTIVE','operating_status':'ONLINE','vip_address':'10.0.1." \
        (4 + pick(250)) "','publicips':[" (public ? "{'publicip_id':'" uuid() "','publicip_address':'203.0.113.9'}" : "") \
        "],'waf':{'mode':'" (waf ? "block" : (one_in(2) ? "log" : "off")) "','policyId':'" id32() \
        "'},'log_group_id':" text_or_null(logged, uuid()) ",'log_topic_id':" text_or_null(logged, uuid()) \
        ",'availability_zone_list':[" zones "],'guaranteed':true,'deletion_protection_enable':" yes_no(one_in(2)) "}"
}

function listener(  plain, tls, strict) {
    plain = fault("elb-listener-encrypted")
    strict = !fault("elb-listener-tls-policy")
    tls = !plain && (!strict || !one_in(4))
    return "{'protocol':'" (tls ? "HTTPS" : "HTTP") "','protocol_port':" (tls ? 443 : 80) ",'tls_ciphers_policy':" \
        text_or_null(tls, strict ? (one_in(2) ? "tls-1-2-strict" : "tls-1-2-fs-with-1-3") : "tls-1-0") \
        ",'redirect_listener_id':" text_or_null(!plain && !tls, uuid()) ",'default_pool_id':'" uuid() \
        "','loadbalancers':[{'id':'" uuid() "'}],'http2_enable':" yes_no(tls) ",'default_tls_container_ref':" \
        text_or_null(tls, id32()) ",'insert_headers':{'X-Forwarded-ELB-IP':true,'X-Forwarded-Host':true},'client_timeout':60}"
}

function firewall_policy() {
    id = id32()
    return "{'name':'" name "','level':" (1 + pick(3)) ",'full_detection':" yes_no(one_in(2)) ",'action':{'category':'" \
        (fault("waf-policy-blocks") ? "log" : "block") "'},'enabledModules':['webattack','cc'" \
        (fault("waf-policy-modules") ? "" : ",'crawler-scanner'") ",'ip-reputation'],'bind_host':[{'id':'" id32() \
        "','hostname':'" app ".example.com','waf_type':'cloud','mode':'premium'}],'extend':{'geoip':'on'}}"
}

# ------------------------------------------------------------------------------------------ servers and containers

function server(  old_os, os, windows, script, public, agent) {
    old_os = fault("ecs-supported-os")
    os = old_os ? OLD_OS[1 + pick(4)] : OS[1 + pick(5)]
    windows = os ~ /^Windows/
    public = fault("ecs-no-floating-ip")
    if (one_in(40)) {
        extra_tags = ",'role':'bastion'"
        public = 1
    }
    script = script_good
    if (fault("ecs-userdata-enrols"))
        script = script_bare
    if (fault("ecs-userdata-no-secrets"))
        script = one_in(2) ? script_password : script_key
    agent = !fault("ecs-host-agent-online")
    return "{'status':'ACTIVE','flavor':{'id':'c7." (one_in(2) ? "large" : "xlarge") ".2','vcpus':'4','ram':'8192'},'key_name':" \
        text_or_null(!windows && !fault("ecs-key-pair"), "key-" team) ",'metadata':{'os_type':'" \
        (windows ? "Windows" : "Linux") "','osVersion':'" os "','image_name':'base-" HEX[pick(4096)] "'" \
        (fault("ecs-no-stored-password") ? ",'admin_pass':'example'" : "") \
        "},'addresses':[{'OsExtIpsType':'fixed','addr':'10.0.1." (4 + pick(250)) "','version':4}" \
        (public ? ",{'OsExtIpsType':'floating','addr':'203.0.113." (1 + pick(254)) "','version':4}" : "") \
        "],'securityGroup':[{'id':'" uuid() "','name':'" (fault("ecs-not-in-default-group") ? "default" : app "-servers") \
        "'}],'ExtVolumesAttached':[{'id':'" uuid() "','device':'/dev/vda','bootIndex':'0'}],'user_data':'" script \
        "','hostSecurity':{'agentStatus':'" (agent ? "online" : "offline") "','vulnerabilities':{'critical':" \
        (fault("ecs-no-critical-vulnerability") ? 1 + pick(5) : 0) ",'important':" pick(12) "}},'backup':{'vaultId':" \
        text_or_null(!fault("ecs-prod-backup"), uuid()) "},'locked':false}"
}

function volume(  detached, plain, how) {
    detached = fault("evs-attached")
    plain = fault("evs-encrypted")
    how = pick(3)
    if (detached && one_in(6))
        extra_tags = ",'keep-until':'2027-03-31'"
    return "{'status':'" (detached ? "available" : "in-use") "','size':'" (40 * (1 + pick(25))) "','volumeType':'" \
        (one_in(2) ? "SSD" : "GPSSD") "','bootable':'" yes_no(one_in(2)) "','encrypted':" yes_no(!plain && how == 0) \
        ",'metadata':{'hw:passthrough':'false'" \
        (plain || how == 0 ? "" : (how == 1 ? ",'systemEncrypted':'1'" : ",'__system__encrypted':'1'") ",'systemCmkid':'" uuid() "'") \
        "},'attachments':[" (detached ? "" : "{'serverId':'" uuid() "','device':'/dev/vdb','attachedAt':'" day() "'}") \
        "],'multiattach':false,'snapshotId':null,'replicationStatus':'disabled','links':{'self':'https://evs.example.com/v3/volumes/" uuid() "'}}"
}

function image(  shared) {
    shared = fault("ims-image-not-shared")
    return "{'status':'active','visibility':'" (shared && one_in(2) ? "shared" : "private") "','sharedWith':[" \
        (shared ? "'999999999999999'" : "") "],'ageDays':" (fault("ims-image-age") ? 365 + pick(900) : pick(365)) \
        ",'__os_type':'Linux','__os_version':'" OS[1 + pick(4)] " 64bit','__image_size':'" (900000 + pick(9000000)) \
        "','disk_format':'zvhd2','min_disk':40,'min_ram':0,'protected':" yes_no(one_in(2)) ",'__image_source_type':'uds'" \
        ",'__imagetype':'private','file':'/v2/images/" uuid() "/file','description':'Base image of the " team " team'}"
}

function cluster(  parts) {
    parts = "'kube-apiserver','kube-controller-manager','kube-scheduler'"
    if (!fault("cce-control-plane-logs"))
        parts = parts ",'audit'"
    return "{'kind':'Cluster','metadata':{'name':'" name "','alias':'" app "'},'spec':{'category':'CCE','type':'VirtualMachine','flavor':'" \
        (fault("cce-multi-master") ? "cce.s1" : "cce.s2") ".medium','version':'" \
        (fault("cce-supported-version") ? (one_in(2) ? "v1.25" : "v1.27") : "v1." (30 + pick(4))) \
        "','authentication':{'mode':'" (fault("cce-rbac") ? "x509" : "rbac") "'},'encryptionConfig':{'mode':'" \
        (fault("cce-secret-encryption") ? "Default" : "KMS") "'},'logging':{'components':[" parts "],'ttlDays':30}," \
        "'containerNetwork':{'mode':'vpc-router','cidr':'172.16.0.0/16'},'hostNetwork':{'vpc':'" uuid() "','subnet':'" uuid() \
        "'}},'status':{'phase':'Available','endpoints':[{'url':'https://10.0.1.5:5443','type':'Internal'}" \
        (fault("cce-api-private") ? ",{'url':'https://203.0.113.20:5443','type':'External'}" : "") "]}}"
}

# Sandbox repositories hold experiments: their images are seldom clean.
function repository(  sandbox, dirty) {
    sandbox = one_in(5)
    id = (sandbox ? "sandbox/" : team "/") app "-" unique_hex()
    name = id
    dirty = fault("swr-newest-image-clean") || sandbox && one_in(2)
    return "{'namespace':'" (sandbox ? "sandbox" : team) "','is_public':" yes_no(fault("swr-repository-private")) \
        ",'category':'app_server','num_images':2,'tags':[" image_tag("2.1", dirty ? 1 + pick(4) : 0) "," \
        image_tag("2.0", pick(6)) "],'path':'registry.example.com/" id "','retention':{'days':90,'keep':20}}"
}

function image_tag(tag, critical) {
    return "{'tag':'" tag "." pick(40) "','digest':'sha256:" id32() id32() "','scan':{'at':'" day() \
        "','critical':" critical ",'important':" pick(20) "}}"
}

# ------------------------------------------------------------------------------------------------------- storage

function bucket(  kind, scratch, site, logged, tls) {
    scratch = one_in(8)
    site = !scratch && one_in(10)
    kind = scratch ? "scratch" : (site ? "static-site" : team "-" app)
    if (scratch)
        extra_tags = ",'data':'scratch'"
    id = kind "-" unique_hex()
    name = id
    logged = !fault("obs-access-log") && !(scratch && one_in(2))
    tls = !fault("obs-tls-only") && !(site && one_in(2))
    return "{'storageClass':'STANDARD','versioning':'" (fault("obs-versioning") ? "Suspended" : "Enabled") \
        "','encryption':{'sseAlgorithm':" text_or_null(!fault("obs-encryption"), one_in(3) ? "AES256" : "kms") \
        "},'acl':{'owner':'d0a1000000000000000000000000000a','grants':[{'grantee':'d0a1000000000000000000000000000a','permission':'FULL_CONTROL'}" \
        (fault("obs-acl-not-public") ? ",{'grantee':'Everyone','permission':'READ'}" : "") \
        "]},'policyStatus':{'isPublic':" yes_no(fault("obs-policy-not-public")) "},'policy':" bucket_policy(tls) \
        ",'logging':{'targetBucket':" text_or_null(logged, "logs-" region) \
        ",'targetPrefix':'access/'},'lifecycle':{'rules':[{'id':'expire','status':'" \
        (fault("obs-lifecycle") ? "Disabled" : "Enabled") "','noncurrentDays':90}]},'objectCount':" pick(2000000) "}"
}

function bucket_policy(tls,  statements) {
    statements = "{'Sid':'team','Effect':'Allow','Principal':{'ID':['domain/d0a1:group/" team "']},'Action':['GetObject','PutObject']}"
    if (tls)
        statements = statements ",{'Sid':'tls','Effect':'Deny','Principal':{'ID':['*']},'Action':['*'],'Condition':{'Bool':{'SecureTransport':'false'}}}"
    return nested("{'Statement':[" statements "]}")
}

function file_system() {
    return "{'status':'200','size':'" (500 * (1 + pick(20))) "','share_type':'STANDARD','share_proto':'NFS','export_location':'10.0.1." \
        (4 + pick(250)) ":/','crypt_key_id':" text_or_null(!fault("sfs-encrypted"), uuid()) ",'vpc_id':'" uuid() "','subnet_id':'" uuid() \
        "','security_group_id':'" uuid() "','avail_capacity':'" pick(400) ".00','version':'1.0.1','pay_model':'0','features':{'backup':{'supported':true}}}"
}

# ----------------------------------------------------------------------------------------------------- databases

function database(  old, engine, version) {
    id = id32() "in01"
    old = fault("rds-supported-version")
    engine = pick(3)
    if (engine == 0)
        version = "'MySQL','version':'" (old ? "5.7" : "8.0")
    else if (engine == 1)
        version = "'PostgreSQL','version':'" (old ? "12" : 14 + pick(3))
    else
        version = "'SQLServer','version':'" (old ? "2016" : (one_in(2) ? "2019" : "2022"))
    return "{'status':'ACTIVE','type':'" (fault("rds-standby") ? "Single" : "Ha") "','datastore':{'type':" version \
        "'},'flavor_ref':'rds.x1.large.4.ha','volume':{'type':'CLOUDSSD','size':" (40 * (1 + pick(50))) \
        "},'disk_encryption_id':" text_or_null(!fault("rds-disk-encryption"), uuid()) ",'public_ips':[" \
        (fault("rds-no-public-ip") ? "'203.0.113." (1 + pick(254)) "'" : "") "],'private_ips':['10.0.2." (4 + pick(250)) \
        "'],'port':" (3306 + 2126 * pick(2)) ",'enable_ssl':" yes_no(!fault("rds-tls")) ",'backup_strategy':{'start_time':'01:00-02:00','keep_days':" \
        (fault("rds-backup-retention") ? pick(7) : 7 + pick(24)) "},'auditLog':{'keepDays':'" \
        (fault("rds-audit-log") ? pick(7) : 7 + pick(60)) "'},'maintenance_window':'02:00-06:00','nodes':[{'id':'" id32() \
        "no01','role':'master','availability_zone':'" region "a'},{'id':'" id32() "no01','role':'slave','availability_zone':'" region "b'}]}"
}

function document_database() {
    id = id32() "in02"
    return "{'status':'normal','mode':'ReplicaSet','datastore':{'type':'DDS-Community','version':'5.0'},'ssl':" \
        (fault("dds-tls") ? 0 : 1) ",'disk_encryption_id':" text_or_null(!fault("rds-disk-encryption"), uuid()) \
        ",'backup_strategy':{'start_time':'03:00-04:00','keep_days':'" (fault("rds-backup-retention") ? pick(7) : 7 + pick(24)) \
        "'},'groups':[{'type':'replica','id':'" uuid() "','nodes':[{'id':'" id32() "no02','role':'Primary','private_ip':'10.0.2." \
        (4 + pick(250)) "','public_ip':''},{'id':'" id32() "no02','role':'Secondary','private_ip':'10.0.2." (4 + pick(250)) \
        "','public_ip':'" (fault("dds-no-public-ip") ? "203.0.113." (1 + pick(254)) : "") "'}]}],'vpc_id':'" uuid() "'}"
}

function cache() {
    return "{'engine':'Redis','engine_version':'" (fault("dcs-supported-version") ? "4.0" : (one_in(2) ? "6.0" : "7.0")) \
        "','status':'RUNNING','cache_mode':'" (fault("dcs-replica") ? "single" : (one_in(2) ? "ha" : "cluster")) \
        "','capacity':" (2 * (1 + pick(8))) ",'no_password_access':'" yes_no(fault("dcs-password")) "','enable_ssl':" \
        yes_no(!fault("dcs-tls")) ",'enable_publicip':false,'ip':'10.0.2." (4 + pick(250)) "','port':6379,'max_memory':" \
        (2048 * (1 + pick(8))) ",'used_memory':" pick(2048) ",'vpc_id':'" uuid() "','subnet_id':'" uuid() \
        "','az_codes':['" region "a','" region "b'],'maintain_begin':'02:00:00','maintain_end':'06:00:00'}"
}

function search_cluster(  open) {
    open = fault("css-protected")
    return "{'status':'200','datastore':{'type':'elasticsearch','version':'7.10.2','supportSecuritymode':true},'authorityEnable':" \
        yes_no(!open) ",'httpsEnable':" yes_no(!open && !one_in(1000)) ",'diskEncrypted':true,'backupAvailable':true,'endpoint':'10.0.2." \
        (4 + pick(250)) ":9200','vpcId':'" uuid() "','subnetId':'" uuid() "','instances':[{'id':'" uuid() "','type':'ess','specCode':'ess.spec-4u16g'}," \
        "{'id':'" uuid() "','type':'ess','specCode':'ess.spec-4u16g'}]}"
}

# ----------------------------------------------------------------------------------------------------- encryption

# Some services hand over their configuration as text; both forms have to work.
function key(  imported, fixed, slow) {
    imported = one_in(10)
    fixed = imported
    if (fault("kms-rotation") && !imported) {
        fixed = one_in(2)
        slow = !fixed
    }
    return nested("{'key_alias':'" app "-" env "','key_state':'" (fault("kms-not-scheduled-for-deletion") ? 4 : 2) \
        "','origin':'" (imported ? "external" : "kms") "','key_spec':'AES_256','key_usage':'ENCRYPT_DECRYPT','key_rotation_enabled':" \
        yes_no(!fixed) ",'rotation_interval':" (slow ? 730 : 365) ",'number_of_rotations':" pick(5) \
        ",'default_key_flag':'0','domain_id':'d0a1000000000000000000000000000a','keystore_id':'0','creation_date':'" day() \
        "','scheduled_deletion_date':'','grants':[{'grantee':'" team "','operations':['encrypt-data','decrypt-data']}]}")
}

function secret(  slow) {
    slow = fault("csms-rotation")
    return "{'name':'" app "/" env "/password','state':'ENABLED','secret_type':'RDS-FG','kms_key_id':'" uuid() "','auto_rotation':" \
        yes_no(!slow || one_in(2)) ",'rotation_period_days':" (slow ? 181 + pick(400) : 30 * (1 + pick(6))) \
        ",'rotation_func_urn':'urn:fss:" region ":rotate-" team "','next_rotation_time':'2026-12-15T02:00:00Z','version_stages':" \
        "['SYSCURRENT','SYSPREVIOUS'],'event_subscriptions':['rotation-events'],'description':'Database password of " app "'}"
}

function certificate(  weak, curve) {
    weak = fault("scm-strong-key")
    curve = !weak && one_in(2)
    return "{'domain':'" app ".example.com','sans':['" app ".example.com','www." app ".example.com'],'status':'ISSUED','validDaysLeft':" \
        (fault("scm-not-expiring") ? pick(31) : 31 + pick(360)) ",'keyAlgorithm':'" (curve ? "EC" : "RSA") "','keyBits':" \
        (curve ? 256 : (weak ? 1024 : 2048 + 1024 * pick(2))) ",'signatureAlgorithm':'" (weak && one_in(2) ? "SHA1" : "SHA256") \
        (curve ? "withECDSA" : "withRSA") "','issuer':'Example Issuing CA','fingerprint':'" id32() id32() \
        "','deployedTo':[{'service':'elb','resourceId':'" uuid() "'}],'autoRenew':" yes_no(one_in(2)) "}"
}

# -------------------------------------------------------------------------------------------- logging and backup

function tracker(  open) {
    open = fault("cts-tracker-protected")
    return "{'trackerName':'" (one_in(2) ? "system" : "data-" app) "','trackerType':'" (one_in(2) ? "system" : "data") "','status':'" \
        (fault("cts-tracker-enabled") ? "disabled" : "enabled") "','obsInfo':{'bucketName':'audit-" region "','filePrefixName':'cts','isObsCreated':false," \
        "'isSupportValidate':" yes_no(!open) ",'kmsId':" text_or_null(!open || one_in(2), uuid()) ",'keepDays':" \
        (fault("cts-tracker-retention") ? 30 + pick(150) : 180 + pick(200)) ",'compressType':'gzip'},'lts':{'isLtsEnabled':true,'logGroupName':'CTS','logTopicName':'system-trace'}," \
        "'managementEventSelector':{'excludeService':[]},'detail':''}"
}

function log_group() {
    return nested("{'log_group_name':'" team "-" app "','log_group_id':'" uuid() "','ttl_in_days':" \
        (fault("lts-retention") ? 7 + pick(90) : 180 + 5 * pick(37)) ",'creation_time':'" day() "','streams':[{'id':'" uuid() \
        "','name':'access'},{'id':'" uuid() "','name':'application'}],'transfer':{'enabled':" yes_no(one_in(2)) ",'target':'logs-archive'}}")
}

function topic(  deaf) {
    deaf = fault("smn-topic-confirmed")
    id = "urn:smn:" region ":" (one_in(6) ? "lab" : team) ":" app "-" unique_hex()
    return nested("{'topic_urn':'" id "','display_name':'Alarms of " team "','push_policy':0,'subscriptions':[{'protocol':'email','endpoint':'" team \
        "@example.com','status':" (deaf ? 0 : 1) "},{'protocol':'https','endpoint':'https://hooks.example.com/" team \
        "','status':" (deaf || one_in(3) ? 0 : 1) "}],'create_time':'" day() "'}")
}

function alarm(  dead) {
    id = "al" id32()
    dead = fault("ces-alarm-acts")
    return "{'name':'" name "','alarm_enabled':" yes_no(!dead || one_in(2)) ",'alarm_level':" (1 + pick(4)) ",'metric':{'namespace':'SYS.ECS'," \
        "'metric_name':'cpu_util','dimensions':[{'name':'instance_id','value':'" uuid() "'}]},'condition':{'comparison_operator':'>=','value':90,'count':3,'period':300}," \
        "'alarm_actions':[{'type':'notification','notification_list':['" (dead ? "none" : "urn:smn:" region ":" team ":alarms") "']}],'ok_actions':[]}"
}

function vault(  off, alone) {
    off = fault("cbr-vault-policy")
    alone = fault("cbr-vault-replication")
    return "{'billing':{'size':" (100 * (1 + pick(40))) ",'used':" pick(4000) ",'status':'available','object_type':'server','protect_type':'" \
        (alone ? "backup" : "replication") "'},'policies':[{'id':'" uuid() "','operation_type':'backup','enabled':" yes_no(!off) \
        ",'trigger':'daily'}" (alone ? "" : ",{'id':'" uuid() "','operation_type':'replication','enabled':true,'trigger':'weekly'}") \
        "],'locked':" yes_no(one_in(2)) ",'auto_bind':true,'resources':[{'id':'" uuid() "','type':'OS::Nova::Server'},{'id':'" uuid() \
        "','type':'OS::Nova::Server'}],'threshold':80}"
}
