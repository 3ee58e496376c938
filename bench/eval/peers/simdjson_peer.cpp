// SPDX-License-Identifier: MIT
// simdjson_peer MODE FILE [RULES]: dom = parse-only; ondemand = hand-written 20 rules, one pass over each object;
// dom-eval = DOM and a generic walk of the rule tree. c++ -O3 -march=native -std=c++17 simdjson_peer.cpp -lsimdjson -lpcre2-8
#define PCRE2_CODE_UNIT_WIDTH 8
#include <cstdio>
#include <cstring>
#include <pcre2.h>
#include <simdjson.h>
#include <string>
#include <vector>
using namespace simdjson;
using sv = std::string_view;
struct Rx {
    pcre2_code *re;
    pcre2_match_data *md;
    explicit Rx(sv p)
    {
        int e;
        PCRE2_SIZE o;
        re = pcre2_compile((PCRE2_SPTR)p.data(), p.size(), 0, &e, &o, nullptr);
        pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
        md = pcre2_match_data_create(4, nullptr);
    }
    bool operator()(sv s) const
    {
        return pcre2_jit_match(re, (PCRE2_SPTR)s.data(), s.size(), 0, 0, md, nullptr) >= 0;
    }
};
static long cnt[64];
static bool inside(sv s, sv p)
{
    return s.find(p) != s.npos;
}
static ondemand::parser odp;
static int hand(const char *buf, size_t len)
{
    ondemand::document_stream docs;
    if (odp.iterate_many(buf, len, 1 << 20).get(docs))
        return -1;
    static Rx image("^(aliyun_3|centos_7)_[0-9]+_x64"), cc("^CC-[0-9]{4}$"), hex("-[0-9a-f]{6}$");
    for (auto doc : docs) {
        sv status, region, name, img, env, charge, group, cidr, vpc;
        bool kms = false, pub = false, enc = false, del = false, owner = false, ccok = false,
             hasenv = false, d0enc = false, sg = false, open = false;
        double cpu = -1, mem = -1, ret = -1, bw = -1, d0 = -1;
        bool hascpu = false, hasmem = false, hasbw = false;
        for (auto fld : doc.get_object()) {
            sv k = fld.unescaped_key();
            if (k == "regionId")
                region = fld.value().get_string();
            else if (k == "resourceName")
                name = fld.value().get_string();
            else if (k == "resourceGroupId")
                group = fld.value().get_string();
            else if (k == "tags") {
                for (auto t : fld.value().get_object()) {
                    sv tk = t.unescaped_key();
                    if (tk == "env") {
                        env = t.value().get_string();
                        hasenv = true;
                    } else if (tk == "owner")
                        owner = true;
                    else if (tk == "costcenter")
                        ccok = cc(sv(t.value().get_string()));
                }
            } else if (k == "configuration")
                for (auto c : fld.value().get_object()) {
                    sv ck = c.unescaped_key();
                    switch (ck.size()) {
                    case 3:
                        if (ck == "Cpu") {
                            cpu = c.value().get_double();
                            hascpu = true;
                        }
                        break;
                    case 5:
                        if (ck == "Disks") {
                            bool first = true;
                            for (auto d : c.value().get_array()) {
                                if (!first)
                                    break;
                                first = false;
                                for (auto x : d.get_object()) {
                                    sv xk = x.unescaped_key();
                                    if (xk == "Size")
                                        d0 = x.value().get_double();
                                    else if (xk == "Encrypted")
                                        d0enc = x.value().get_bool();
                                }
                            }
                        }
                        break;
                    case 6:
                        if (ck == "Status")
                            status = c.value().get_string();
                        else if (ck == "Memory") {
                            mem = c.value().get_double();
                            hasmem = true;
                        } else if (ck == "Backup") {
                            for (auto b : c.value().get_object())
                                if (sv(b.unescaped_key()) == "RetentionDays")
                                    ret = b.value().get_double();
                        }
                        break;
                    case 7:
                        if (ck == "ImageId")
                            img = c.value().get_string();
                        else if (ck == "Network") {
                            for (auto b : c.value().get_object())
                                if (sv(b.unescaped_key()) == "Vpc")
                                    for (auto e : b.value().get_object()) {
                                        sv ek = e.unescaped_key();
                                        if (ek == "VpcId")
                                            vpc = e.value().get_string();
                                        else if (ek == "VSwitch")
                                            for (auto g : e.value().get_object())
                                                if (sv(g.unescaped_key()) == "CidrBlock")
                                                    cidr = g.value().get_string();
                                    }
                        }
                        break;
                    case 8:
                        if (ck == "KMSKeyId")
                            kms = true;
                        break;
                    case 9:
                        if (ck == "Encrypted")
                            enc = c.value().get_bool();
                        break;
                    case 12:
                        if (ck == "IngressCidrs")
                            for (auto a : c.value().get_array())
                                open |= sv(a.get_string()) == "0.0.0.0/0";
                        break;
                    case 15:
                        if (ck == "PublicIpAddress")
                            pub = true;
                        break;
                    case 16:
                        if (ck == "SecurityGroupIds")
                            for (auto a : c.value().get_array())
                                sg |= sv(a.get_string()) == "sg-bp1a7";
                        break;
                    case 18:
                        if (ck == "InstanceChargeType")
                            charge = c.value().get_string();
                        else if (ck == "DeletionProtection")
                            del = c.value().get_bool();
                        break;
                    case 23:
                        if (ck == "InternetMaxBandwidthOut") {
                            bw = c.value().get_double();
                            hasbw = true;
                        }
                        break;
                    }
                }
        }
        bool run = status == "Running";
        cnt[0] += run;
        cnt[1] += region == "cn-hangzhou" || region == "cn-shanghai" || region == "cn-beijing";
        cnt[2] += cpu > 4;
        cnt[3] += hasmem && mem <= 65536;
        cnt[4] += kms;
        cnt[5] += !pub;
        cnt[6] += sg;
        cnt[7] += inside(name, "prod-");
        cnt[8] += image(img);
        cnt[9] += run && cpu > 2 && (kms || enc);
        cnt[10] += env == "prod";
        cnt[11] += hasenv && owner && ccok;
        cnt[12] += ret >= 7;
        cnt[13] += (hasbw && bw == 0) || !pub;
        cnt[14] += inside(cidr, "10.");
        cnt[15] += !open;
        cnt[16] += charge != "PostPaid";
        cnt[17] += d0 >= 40;
        cnt[18] += env == "dev" || env == "test" || del || group == "rg-sandbox" ||
                   group == "rg-lab" || (hascpu && cpu <= 1 && hasmem && mem <= 1024);
        cnt[19] += ((hasbw && bw <= 5) || sg) && (d0enc || (env != "prod" && hex(name))) &&
                   inside(vpc, "vpc-");
    }
    return 20;
}
struct Node {
    std::string op;
    std::vector<Node> kid;
    struct Seg {
        std::string key;
        size_t idx;
    };
    std::vector<Seg> seg;
    std::string str;
    std::vector<std::string> set;
    double num = 0;
    const Rx *rx = nullptr;
    int code = 0;
};
static const char *names[] = {"and",
                              "or",
                              "StringEquals",
                              "NotStringEquals",
                              "StringIn",
                              "StringContains",
                              "Equals",
                              "Greater",
                              "GreaterOrEquals",
                              "LessOrEquals",
                              "IsNotStringEmpty",
                              "IsStringEmpty",
                              "Contains",
                              "NotContains",
                              "StringMatches"};
static Node compile(dom::element c)
{
    Node n;
    n.op = std::string(sv(c["operator"]));
    for (int i = 0; i < 15; i++)
        if (n.op == names[i])
            n.code = i;
    dom::array k;
    if (c["children"].get(k) == SUCCESS) {
        for (auto x : k)
            n.kid.push_back(compile(x));
        return n;
    }
    std::string p{sv(c["featurePath"])};
    sv src;
    if (c["featureSource"].get(src) == SUCCESS && src == "CONFIGURATION")
        n.seg.push_back({"configuration", 0});
    for (size_t i = 1; i < p.size();) {
        if (p[i] == '[') {
            size_t e = p.find(']', i);
            n.seg.push_back({"", std::stoul(p.substr(i + 1, e - i - 1))});
            i = e + 1;
        } else {
            size_t e = p.find_first_of(".[", i + 1);
            if (e == p.npos)
                e = p.size();
            n.seg.push_back({p.substr(i + 1, e - i - 1), 0});
            i = e;
        }
    }
    dom::element d;
    if (c["desired"].get(d) == SUCCESS) {
        sv s;
        if (d.get(s) == SUCCESS)
            n.str = std::string(s);
        double x;
        if (d.get(x) == SUCCESS)
            n.num = x;
        dom::array a;
        if (d.get(a) == SUCCESS)
            for (auto e : a)
                n.set.push_back(std::string(sv(e)));
    }
    if (n.code == 14)
        n.rx = new Rx(n.str);
    return n;
}
static bool eval(const Node &n, dom::element r)
{
    if (n.code == 0) {
        for (auto &k : n.kid)
            if (!eval(k, r))
                return false;
        return true;
    }
    if (n.code == 1) {
        for (auto &k : n.kid)
            if (eval(k, r))
                return true;
        return false;
    }
    for (auto &s : n.seg) {
        auto x = s.key.empty() ? r.at(s.idx) : r[s.key];
        if (x.error())
            return n.code == 3 || n.code == 11 || n.code == 13;
        r = x.value_unsafe();
    }
    sv s;
    double d;
    bool b;
    dom::array a;
    auto same = [&] {
        return r.get(s) == SUCCESS ? s == n.str
                                   : r.get(b) == SUCCESS && n.str == (b ? "true" : "false");
    };
    switch (n.code) {
    case 2:
        return same();
    case 3:
        return !same();
    case 4:
        if (r.get(s) != SUCCESS)
            return false;
        for (auto &x : n.set)
            if (x == s)
                return true;
        return false;
    case 5:
        return r.get(s) == SUCCESS && s.find(n.str) != s.npos;
    case 6:
        return r.get(d) == SUCCESS && d == n.num;
    case 7:
        return r.get(d) == SUCCESS && d > n.num;
    case 8:
        return r.get(d) == SUCCESS && d >= n.num;
    case 9:
        return r.get(d) == SUCCESS && d <= n.num;
    case 10:
        return r.get(s) != SUCCESS || !s.empty();
    case 11:
        return r.get(s) == SUCCESS && s.empty();
    case 12:
    case 13: {
        bool h = false;
        if (r.get(a) == SUCCESS)
            for (auto x : a)
                if (x.get(s) == SUCCESS && s == n.str)
                    h = true;
        return h == (n.code == 12);
    }
    case 14:
        return r.get(s) == SUCCESS && (*n.rx)(s);
    }
    return false;
}
// The file is read a block at a time (cut at the last line end), so memory stays flat whatever its size.
template <class F> static long blocks(const char *path, F use)
{
    const size_t cap = 4 << 20;
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    std::vector<char> b(cap + SIMDJSON_PADDING);
    size_t have = 0;
    for (;;) {
        size_t n = fread(b.data() + have, 1, cap - have, f);
        have += n;
        if (!have)
            break;
        size_t cut = have;
        if (n) {
            while (cut && b[cut - 1] != '\n')
                cut--;
            if (!cut)
                return -2;
        }
        use(b.data(), cut);
        memmove(b.data(), b.data() + cut, have -= cut);
        if (!n)
            break;
    }
    fclose(f);
    return 0;
}
int main(int c, char **v)
{
    if (c < 3)
        return 1;
    std::string mode = v[1];
    int nr = 0;
    long k = 0, bad = 0;
    dom::parser p, rp;
    std::vector<Node> rules;
    if (mode == "dom-eval")
        for (auto r : rp.load(v[3]).get_array())
            rules.push_back(compile(r["cond"]));
    auto dom_block = [&](const char *d, size_t n) {
        dom::document_stream st;
        if (p.parse_many(d, n, 1 << 20).get(st)) {
            bad++;
            return;
        }
        for (auto doc : st) {
            dom::element e;
            if (doc.get(e)) {
                bad++;
                continue;
            }
            k++;
            for (size_t i = 0; i < rules.size(); i++)
                cnt[i] += eval(rules[i], e);
        }
    };
    if (mode == "ondemand") {
        nr = 20;
        bad += blocks(v[2], [&](const char *d, size_t n) {
            if (hand(d, n) < 0)
                bad++;
        });
    } else {
        nr = (int)rules.size();
        bad += blocks(v[2], dom_block);
    }
    if (bad)
        return 2;
    if (!nr) {
        printf("%ld\n", k);
        return 0;
    }
    printf("[");
    for (int i = 0; i < nr; i++)
        printf("%s%ld", i ? "," : "", cnt[i]);
    printf("]\n");
}
