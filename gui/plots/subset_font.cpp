#include "gui/plots/subset_font.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

namespace penumbra::gui {

namespace {

using Bytes = QByteArray;

/// Big-endian reads that never leave the table.
quint32 byteAt(const Bytes& bytes, qsizetype at) {
    return static_cast<unsigned char>(bytes.constData()[at]);
}

quint16 read16(const Bytes& bytes, qsizetype at) {
    if (at < 0 || at + 2 > bytes.size())
        throw std::out_of_range("font table");
    return static_cast<quint16>(byteAt(bytes, at) << 8 | byteAt(bytes, at + 1));
}

quint32 read32(const Bytes& bytes, qsizetype at) {
    if (at < 0 || at + 4 > bytes.size())
        throw std::out_of_range("font table");
    return static_cast<quint32>(read16(bytes, at)) << 16 | read16(bytes, at + 2);
}

void append16(Bytes& out, quint32 value) {
    out.append(static_cast<char>((value >> 8) & 0xFF));
    out.append(static_cast<char>(value & 0xFF));
}

void append32(Bytes& out, quint32 value) {
    append16(out, value >> 16);
    append16(out, value & 0xFFFF);
}

void put32(Bytes& out, qsizetype at, quint32 value) {
    Bytes four;
    append32(four, value);
    out.replace(at, 4, four);
}

quint32 checksum(const Bytes& padded) {
    quint32 sum = 0;
    for (qsizetype at = 0; at + 4 <= padded.size(); at += 4)
        sum += read32(padded, at);
    return sum;
}

struct Outlines {
    std::vector<quint32> offsets; ///< glyphs + 1
    Bytes glyf;
    Bytes of(quint32 glyph) const {
        if (glyph + 1 >= offsets.size() || offsets[glyph + 1] <= offsets[glyph])
            return {};
        return glyf.mid(offsets[glyph], offsets[glyph + 1] - offsets[glyph]);
    }
};

/// The glyphs an accented or combined glyph is made of.
std::vector<quint32> componentsOf(const Bytes& outline) {
    std::vector<quint32> parts;
    if (outline.size() < 12 || static_cast<qint16>(read16(outline, 0)) >= 0)
        return parts;
    qsizetype at = 10;
    while (true) {
        const quint16 flags = read16(outline, at);
        parts.push_back(read16(outline, at + 2));
        at += 4 + ((flags & 0x1) != 0 ? 4 : 2); // arguments are words or bytes
        at += (flags & 0x8) != 0 ? 2 : (flags & 0x40) != 0 ? 4 : (flags & 0x80) != 0 ? 8 : 0; // scale
        if ((flags & 0x20) == 0)
            return parts;
    }
}

std::set<quint32> withComponents(const Outlines& outlines, std::vector<quint32> waiting) {
    std::set<quint32> kept;
    while (!waiting.empty()) {
        const quint32 glyph = waiting.back();
        waiting.pop_back();
        if (!kept.insert(glyph).second)
            continue;
        for (const quint32 part : componentsOf(outlines.of(glyph)))
            waiting.push_back(part);
    }
    return kept;
}

Outlines outlinesOf(const QRawFont& font) {
    Outlines outlines;
    outlines.glyf = font.fontTable("glyf");
    const Bytes loca = font.fontTable("loca"), head = font.fontTable("head");
    const quint32 glyphs = read16(font.fontTable("maxp"), 4);
    const bool longOffsets = read16(head, 50) != 0;
    for (quint32 i = 0; i <= glyphs; ++i)
        outlines.offsets.push_back(longOffsets ? read32(loca, 4 * i) : 2u * read16(loca, 2 * i));
    return outlines;
}

/// cmap with one format 4 subtable, a segment per sign.
Bytes characterMap(const std::map<quint16, quint32>& glyphOf) {
    std::map<quint16, quint32> segments = glyphOf;
    segments.erase(0xFFFF);
    const quint32 count = static_cast<quint32>(segments.size()) + 1; // the last one is the mandatory 0xFFFF
    quint32 power = 1, log = 0;
    while (2 * power <= count) {
        power *= 2;
        ++log;
    }
    Bytes ends, starts, deltas, ranges;
    for (const auto& [sign, glyph] : segments) {
        append16(ends, sign);
        append16(starts, sign);
        append16(deltas, (glyph - sign) & 0xFFFF);
        append16(ranges, 0);
    }
    for (Bytes* column : {&ends, &starts})
        append16(*column, 0xFFFF);
    append16(deltas, 1);
    append16(ranges, 0);
    Bytes out;
    for (const quint32 value : {0u, 1u, 3u, 1u}) // version, one table: Windows, Unicode BMP
        append16(out, value);
    append32(out, 12);
    for (const quint32 value : {4u, 16u + 8u * count, 0u, 2u * count, 2u * power, log, 2u * (count - power)})
        append16(out, value);
    out += ends;
    append16(out, 0);
    return out + starts + deltas + ranges;
}

Bytes assembled(const std::map<QByteArray, Bytes>& tables) {
    const auto count = static_cast<quint32>(tables.size());
    quint32 power = 1, log = 0;
    while (2 * power <= count) {
        power *= 2;
        ++log;
    }
    Bytes directory, body;
    append32(directory, 0x00010000);
    for (const quint32 value : {count, 16 * power, log, 16 * (count - power)})
        append16(directory, value);
    const quint32 start = 12 + 16 * count;
    qsizetype headAt = -1;
    for (const auto& [tag, table] : tables) {
        Bytes padded = table;
        padded.append((4 - table.size() % 4) % 4, '\0');
        if (tag == "head") {
            headAt = start + body.size();
            put32(padded, 8, 0); // the adjustment is not part of its own sum
        }
        directory += tag;
        append32(directory, checksum(padded));
        append32(directory, start + static_cast<quint32>(body.size()));
        append32(directory, static_cast<quint32>(table.size()));
        body += padded;
    }
    Bytes out = directory + body;
    if (headAt >= 0)
        put32(out, headAt + 8, 0xB1B0AFBAu - checksum(out));
    return out;
}

Bytes subsetOrThrow(const QRawFont& font, const QString& text) {
    const Outlines outlines = outlinesOf(font);
    std::map<quint16, quint32> glyphOf;
    std::vector<quint32> wanted{0};
    for (const QChar sign : text) {
        const auto glyphs = font.glyphIndexesForString(QString(sign));
        if (sign.isSurrogate() || glyphs.isEmpty() || glyphs.front() == 0)
            continue;
        glyphOf[sign.unicode()] = glyphs.front();
        wanted.push_back(glyphs.front());
    }
    const std::set<quint32> kept = withComponents(outlines, wanted);
    Bytes glyf, loca;
    for (quint32 glyph = 0; glyph + 1 < outlines.offsets.size(); ++glyph) {
        append32(loca, static_cast<quint32>(glyf.size()));
        if (kept.count(glyph) == 0)
            continue;
        glyf += outlines.of(glyph);
        glyf.append((4 - glyf.size() % 4) % 4, '\0');
    }
    append32(loca, static_cast<quint32>(glyf.size()));
    std::map<QByteArray, Bytes> tables;
    for (const char* tag : {"head", "hhea", "maxp", "hmtx", "OS/2", "name", "cvt ", "fpgm", "prep"}) {
        const Bytes table = font.fontTable(tag);
        if (!table.isEmpty())
            tables[tag] = table;
    }
    tables["head"][50] = 0;
    tables["head"][51] = 1; // long offsets
    tables["glyf"] = glyf;
    tables["loca"] = loca;
    tables["cmap"] = characterMap(glyphOf);
    Bytes post;
    append32(post, 0x00030000); // no glyph names
    tables["post"] = post + Bytes(28, '\0');
    return assembled(tables);
}

} // namespace

QByteArray subsetFont(const QRawFont& font, const QString& text) {
    for (const char* tag : {"glyf", "loca", "head", "hhea", "hmtx", "maxp"})
        if (font.fontTable(tag).isEmpty())
            return {};
    try {
        return subsetOrThrow(font, text);
    } catch (const std::out_of_range&) {
        return {};
    }
}

} // namespace penumbra::gui
