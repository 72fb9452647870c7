#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace penumbra::test {

/// FITS files byte by byte, as the standard lays them out: also those that no library would write.
class RawFits {
public:
    RawFits() {
        header({"SIMPLE  =                    T", "BITPIX  =                    8",
                "NAXIS   =                    0", "EXTEND  =                    T"});
    }
    struct Field {
        std::string name, form;
        std::vector<std::string> more = {}; ///< further cards, "#" stands for the column's number
    };
    /// `rows`: all bytes of the table.
    void table(const std::string& name, const std::vector<Field>& fields, std::size_t rowBytes,
               const std::string& rows, bool ascii = false) {
        std::vector<std::string> cards = {ascii ? "XTENSION= 'TABLE   '" : "XTENSION= 'BINTABLE'",
                                          number("BITPIX", 8),
                                          number("NAXIS", 2),
                                          number("NAXIS1", rowBytes),
                                          number("NAXIS2", rows.size() / rowBytes),
                                          number("PCOUNT", 0),
                                          number("GCOUNT", 1),
                                          number("TFIELDS", fields.size())};
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const std::string n = std::to_string(i + 1);
            cards.push_back(text("TTYPE" + n, fields[i].name));
            cards.push_back(text("TFORM" + n, fields[i].form));
            for (std::string card : fields[i].more) {
                card.replace(card.find('#'), 1, n);
                cards.push_back(card);
            }
        }
        cards.push_back(text("EXTNAME", name));
        header(cards);
        bytes += rows;
        pad(ascii ? ' ' : '\0');
    }
    static std::string padded(std::string key) {
        key.resize(8, ' ');
        return key;
    }
    static std::string number(const std::string& key, std::size_t value) {
        std::string digits = std::to_string(value);
        return padded(key) + "= " + std::string(20 - digits.size(), ' ') + digits;
    }
    static std::string text(const std::string& key, std::string value) {
        value.resize(std::max<std::size_t>(8, value.size()), ' ');
        return padded(key) + "= '" + value + "'";
    }
    template <typename T>
    static std::string bigEndian(T value) {
        static_assert(std::endian::native == std::endian::little);
        std::string cell(sizeof value, '\0');
        std::memcpy(cell.data(), &value, sizeof value);
        return {cell.rbegin(), cell.rend()};
    }
    std::string bytes;

private:
    void header(std::vector<std::string> cards) {
        cards.emplace_back("END");
        for (std::string& card : cards) {
            card.resize(80, ' ');
            bytes += card;
        }
        pad(' ');
    }
    void pad(char with) { bytes.resize((bytes.size() + 2879) / 2880 * 2880, with); }
};

} // namespace penumbra::test
